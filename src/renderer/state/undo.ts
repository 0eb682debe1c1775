/** Undo and redo over immutable states. Pure. */

export interface UndoHistory<State> {
  past: readonly State[];
  present: State;
  future: readonly State[];
}

/** Steps that can be taken back; older ones are forgotten. */
const MOST_STEPS = 100;

export function startHistory<State>(present: State): UndoHistory<State> {
  return { past: [], present, future: [] };
}

/** A new state; what was undone before can no longer be redone. The same state again is no step. */
export function record<State>(
  history: UndoHistory<State>,
  next: State,
  same: (a: State, b: State) => boolean,
): UndoHistory<State> {
  if (same(history.present, next)) return history;
  return { past: [...history.past, history.present].slice(-MOST_STEPS), present: next, future: [] };
}

/** The state before, or the history as it is when there is none. */
export function undo<State>({ past, present, future }: UndoHistory<State>): UndoHistory<State> {
  const previous = past.at(-1);
  if (previous === undefined) return { past, present, future };
  return { past: past.slice(0, -1), present: previous, future: [present, ...future] };
}

export function redo<State>({ past, present, future }: UndoHistory<State>): UndoHistory<State> {
  const [next, ...later] = future;
  if (next === undefined) return { past, present, future };
  return { past: [...past, present], present: next, future: later };
}
