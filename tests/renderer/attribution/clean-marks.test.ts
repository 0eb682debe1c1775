import { describe, expect, it } from 'vitest';
import {
  countMarks,
  markFirst,
  marked,
  marksOf,
  marksToSend,
  NO_MARKS,
  sameMarks,
  suspectOrder,
} from '../../../src/renderer/views/attribution/clean-marks.ts';

const JUDGED = { labels: Int32Array.of(0, 1, 2, 0), predicted: Int32Array.of(1, 1, 0, 0) };

describe('decisions about suspect rows', () => {
  it('take a row back to what it was when its own class is chosen', () => {
    const dropped = marked(NO_MARKS, 3, null, 0);
    expect(countMarks(dropped)).toEqual({ dropped: 1, relabelled: 0 });
    expect(marked(dropped, 3, 0, 0).size).toBe(0);
    expect(marked(dropped, 3, undefined, 0).size).toBe(0);
    expect(dropped.size).toBe(1);
  });

  it('relabel the first suspects where the model sees another class, and no others', () => {
    const order = suspectOrder({ suspicion: Float64Array.of(3, 9, 5, 5) });
    expect([...order]).toEqual([1, 2, 3, 0]);
    expect(marksToSend(markFirst(NO_MARKS, order, 3, 'relabel', JUDGED))).toEqual([{ row: 2, label: 0 }]);
    expect(countMarks(markFirst(NO_MARKS, order, 3, 'drop', JUDGED)).dropped).toBe(3);
  });

  it('are the same after they were sent and kept', () => {
    const marks = marked(marked(NO_MARKS, 7, null, 1), 2, 4, 1);
    expect(sameMarks(marksOf(marksToSend(marks)), marks)).toBe(true);
    expect(sameMarks(NO_MARKS, marks)).toBe(false);
  });
});
