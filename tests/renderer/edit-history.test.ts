import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EditHistory, edits } from '../../src/renderer/state/edit-history.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function history() {
  const shown: string[] = [];
  const steps = new EditHistory<string>({
    start: '',
    apply: (state) => void shown.push(state),
    same: (a, b) => a === b,
    inFields: true,
  });
  return { steps, shown };
}

describe('the history of a form', () => {
  it('takes letters typed one after the other for one step', () => {
    const { steps, shown } = history();
    for (const text of ['n', 'ne', 'new']) {
      steps.note(text);
      vi.advanceTimersByTime(200);
    }
    vi.advanceTimersByTime(1000);
    steps.note('new name');
    vi.advanceTimersByTime(1000);
    steps.undo();
    steps.undo();
    steps.undo();
    expect(shown).toEqual(['new', '']);
    expect([steps.canUndo, steps.canRedo]).toEqual([false, true]);
    steps.redo();
    expect(shown.at(-1)).toBe('new');
  });

  it('takes back what was typed just now, though nothing has settled', () => {
    const { steps, shown } = history();
    steps.note('typed');
    expect(steps.canUndo).toBe(true);
    steps.undo();
    expect(shown).toEqual(['']);
    steps.redo();
    expect(shown).toEqual(['', 'typed']);
  });

  it('makes a step at once of what is done with one click', () => {
    const { steps, shown } = history();
    steps.record('one');
    steps.record('two');
    steps.undo();
    expect(shown).toEqual(['one']);
  });

  it('makes no step of what the program fills in', () => {
    const { steps, shown } = history();
    steps.replace('suggested');
    steps.note('suggested');
    expect(steps.canUndo).toBe(false);
    steps.note('changed');
    steps.undo();
    expect(shown).toEqual(['suggested']);
  });

  it('forgets what was undone once something else is done', () => {
    const { steps } = history();
    steps.note('one');
    steps.undo();
    steps.note('two');
    vi.advanceTimersByTime(1000);
    expect(steps.canRedo).toBe(false);
  });

  it('belongs to the commands while its view is open', () => {
    const { steps } = history();
    const close = edits.open(steps);
    expect(edits.current).toBe(steps);
    close();
    expect(edits.current).toBeNull();
  });
});
