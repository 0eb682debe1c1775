import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { record, redo, startHistory, undo } from '../../src/renderer/state/undo.ts';

const same = (a: number, b: number) => a === b;

describe('undo', () => {
  it('goes back as many steps as were taken, and forward again to the same state', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 60 }), (states) => {
        let history = startHistory(0);
        for (const state of states) history = record(history, state, same);
        const steps = history.past.length;
        const last = history.present;
        for (let k = 0; k < steps; k++) history = undo(history);
        expect(history.present).toBe(0);
        expect(undo(history)).toEqual(history);
        for (let k = 0; k < steps; k++) history = redo(history);
        expect(history.present).toBe(last);
        expect(redo(history)).toEqual(history);
      }),
    );
  });

  it('takes the same state again for no step', () => {
    const history = record(startHistory(1), 1, same);
    expect(history.past).toEqual([]);
  });

  it('forgets what was undone once something else is done', () => {
    const history = record(undo(record(startHistory(1), 2, same)), 3, same);
    expect(redo(history).present).toBe(3);
    expect(undo(history).present).toBe(1);
  });
});
