/** Steps of a view that can be taken back and taken again; the commands Undo and Redo act on the view that is open. */
import { record, redo, startHistory, undo, type UndoHistory } from './undo.ts';

/** What the commands need to know of it. */
export interface Undoable {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Also while a field is being typed in; else the field's own undo comes first. */
  readonly inFields: boolean;
  undo(): void;
  redo(): void;
}

class Edits {
  /** Of the view that is open; null where nothing can be undone. */
  current = $state.raw<Undoable | null>(null);

  /** Opens a view's history to the commands. @returns what closes it again */
  open(undoable: Undoable): () => void {
    this.current = undoable;
    return () => {
      if (this.current === undoable) this.current = null;
    };
  }
}

export const edits = new Edits();

/** The next step waits this long: letters typed one after the other are one step. */
const SETTLED_MS = 500;

export interface HistoryOptions<State> {
  start: State;
  /** Goes to a state that was recorded. */
  apply: (state: State) => void;
  same: (a: State, b: State) => boolean;
  inFields: boolean;
}

export class EditHistory<State> implements Undoable {
  #steps: UndoHistory<State>;
  #waiting = $state.raw<{ state: State; timer: ReturnType<typeof setTimeout> } | null>(null);
  readonly #options: HistoryOptions<State>;

  constructor(options: HistoryOptions<State>) {
    this.#options = options;
    this.#steps = $state.raw(startHistory(options.start));
  }

  get inFields(): boolean {
    return this.#options.inFields;
  }

  get canUndo(): boolean {
    return this.#steps.past.length > 0 || this.#waiting !== null;
  }

  get canRedo(): boolean {
    return this.#steps.future.length > 0 && this.#waiting === null;
  }

  /** The state as it is now: a step once nothing has changed for a while. */
  note(state: State): void {
    this.#forget();
    if (this.#options.same(this.#steps.present, state)) return;
    this.#waiting = { state, timer: setTimeout(() => this.#settle(), SETTLED_MS) };
  }

  /** The state as it is now: a step of its own. */
  record(state: State): void {
    this.note(state);
    this.#settle();
  }

  /** The state as it is now, without a step: what the program itself filled in. */
  replace(state: State): void {
    this.#settle();
    this.#steps = { ...this.#steps, present: state };
  }

  undo(): void {
    this.#settle();
    this.#travel(undo(this.#steps));
  }

  redo(): void {
    this.#settle();
    this.#travel(redo(this.#steps));
  }

  #travel(to: UndoHistory<State>): void {
    if (to === this.#steps || to.present === this.#steps.present) return;
    this.#steps = to;
    this.#options.apply(to.present);
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#forget();
    if (waiting !== null) this.#steps = record(this.#steps, waiting.state, this.#options.same);
  }

  #forget(): void {
    clearTimeout(this.#waiting?.timer);
    this.#waiting = null;
  }
}
