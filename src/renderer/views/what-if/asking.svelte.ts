/** One open What-if: a placed model, the rows chosen, and what is known of their removal. */
import { untrack } from 'svelte';
import { LeverageError, toFailure, type Failure } from '../../../shared/errors.ts';
import type { Evaluation } from '../../../shared/quantities.ts';
import type {
  RowColumn,
  WhatIfDose,
  WhatIfModel,
  WhatIfPrediction,
  WhatIfRetraining,
  WhatIfSpectrum,
} from '../../../shared/what-if.ts';
import type { Undoable } from '../../state/edit-history.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import { record, redo, startHistory, undo, type UndoHistory } from '../../state/undo.ts';
import { NO_ROWS, sameSelection, type RowSelection } from './row-selection.ts';

/** A prediction with the rows it is of, and how long a person waited for it. */
export interface Shown<T> {
  of: RowSelection;
  answer: T;
  milliseconds: number;
}

/** While rows are still being drawn, only predictions follow. */
const SETTLE_MS = 250;
/** Curves and spectra that take longer wait until they are asked for. */
const UNASKED_SECONDS = 3;
const UNASKED_PARAMETERS = 260;
export const DOSE_SHARES = Array.from({ length: 21 }, (_, t) => t / 20);
export const RETRAINED_SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 1];

/** What was chosen when a study's What-if was left: it is there again when the person comes back. */
const left = new Map<string, { selection: RowSelection; evaluation: Evaluation | null; testRow: number | null }>();

const isKnown = (value: number): boolean => !Number.isNaN(value);

export class Asking implements Undoable {
  readonly id: string;
  /** Names this view to the engine: its next question takes the place of the one before. */
  readonly #view = `what-if ${Math.random().toString(36).slice(2)}`;
  model = $state.raw<WhatIfModel | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** What the charts and large figures are of. */
  evaluation = $state.raw<Evaluation | null>(null);
  /** A test row besides the study's. */
  testRow = $state.raw<number | null>(null);
  selection = $state.raw<RowSelection>(NO_ROWS);
  prediction = $state.raw<Shown<WhatIfPrediction> | null>(null);
  /** Newton is being computed although it takes a while. */
  newtonPending = $state(false);
  retraining = $state.raw<Shown<WhatIfRetraining> | null>(null);
  retrainingSince = $state<number | null>(null);
  dose = $state.raw<Shown<WhatIfDose> | null>(null);
  dosePoints = $state.raw<Shown<WhatIfDose> | null>(null);
  dosePending = $state<'curve' | 'points' | null>(null);
  spectrum = $state.raw<Shown<WhatIfSpectrum> | null>(null);
  spectrumPending = $state(false);
  /** Why the last question has no answer. */
  refusal = $state.raw<Failure | null>(null);
  #history = $state.raw<UndoHistory<RowSelection>>(startHistory<RowSelection>(NO_ROWS));
  #wanted: RowSelection | null = null;
  #asking = false;
  #drawing = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  /** A field's own undo comes first. */
  readonly inFields = false;
  readonly canUndo = $derived(this.#history.past.length > 0);
  readonly canRedo = $derived(this.#history.future.length > 0);

  constructor(id: string) {
    this.id = id;
    void this.open();
  }

  async open(): Promise<void> {
    this.failure = null;
    try {
      const model = await session.call('whatif.open', { id: this.id });
      if (this.#closed) return;
      this.model = model;
      const before = left.get(this.id);
      if (before !== undefined) {
        this.testRow = before.testRow;
        this.evaluation = before.evaluation;
      }
      this.evaluation ??= model.evaluations.find(({ quantity }) => quantity === 'loss') ?? model.evaluations[0] ?? null;
      if (before !== undefined && before.selection.rows.length > 0) this.choose(before.selection);
    } catch (thrown) {
      if (!this.#closed) this.failure = toFailure(thrown);
    }
  }

  close(): void {
    this.#closed = true;
    if (this.model !== null)
      left.set(this.id, { selection: this.settled, evaluation: this.evaluation, testRow: this.testRow });
    if (this.#timer !== null) clearTimeout(this.#timer);
    session.call('whatif.cancel', { id: this.id, view: this.#view }).catch(() => {});
  }

  /** Another measurement, perhaps of a test row that the study does not measure. */
  measure(evaluation: Evaluation, testRow: number | null): void {
    const known = untrack(() => this.evaluation);
    if (known?.quantity === evaluation.quantity && known.target === evaluation.target && testRow === this.testRow)
      return;
    this.evaluation = evaluation;
    this.testRow = testRow;
    this.dose = this.dosePoints = this.spectrum = null;
    const { selection } = this;
    if (selection.rows.length === 0) return;
    const measured = this.prediction?.answer.evaluations ?? [];
    if (!measured.some((one) => one.quantity === evaluation.quantity && one.target === evaluation.target)) {
      this.retraining = null;
      this.#predict(selection);
    }
    this.#settle();
  }

  /** Follows rows that are still being drawn. */
  preview(selection: RowSelection): void {
    this.#drawing = true;
    this.selection = selection;
    this.#predict(selection);
  }

  /** Chosen: a step that can be undone. */
  choose(selection: RowSelection): void {
    this.#history = record(this.#history, selection, sameSelection);
    this.#show(selection);
  }

  undo(): void {
    this.#history = undo(this.#history);
    this.#show(this.#history.present);
  }

  redo(): void {
    this.#history = redo(this.#history);
    this.#show(this.#history.present);
  }

  /** Back to what was chosen before the drawing that is given up. */
  giveUp(): void {
    this.#show(this.#history.present);
  }

  /** What was chosen last, whatever is being drawn over it. */
  get settled(): RowSelection {
    return this.#history.present;
  }

  #show(selection: RowSelection): void {
    this.#drawing = false;
    this.selection = selection;
    this.refusal = null;
    if (this.retrainingSince !== null || this.dosePending !== null || this.newtonPending || this.spectrumPending)
      void this.cancel();
    const stale = (shown: Shown<unknown> | null): boolean => shown !== null && !sameSelection(shown.of, selection);
    if (stale(this.retraining)) this.retraining = null;
    if (stale(this.dose)) this.dose = null;
    if (stale(this.dosePoints)) this.dosePoints = null;
    if (stale(this.spectrum)) this.spectrum = null;
    if (selection.rows.length === 0) {
      this.#wanted = null;
      this.prediction = null;
      return;
    }
    const known = this.prediction;
    // What was asked while it was drawn has no means over the test rows.
    const whole = known !== null && sameSelection(known.of, selection) && known.answer.newton?.every(isKnown) === true;
    if (!whole) this.#predict(selection);
    this.#settle();
  }

  async cancel(): Promise<void> {
    this.retrainingSince = null;
    this.dosePending = null;
    this.newtonPending = false;
    this.spectrumPending = false;
    await session.call('whatif.cancel', { id: this.id, view: this.#view }).catch(() => {});
  }

  /** One question under way at a time; of those that wait only the newest is asked. */
  #predict(selection: RowSelection): void {
    this.#wanted = selection;
    if (!this.#asking) void this.#predictions();
  }

  async #predictions(): Promise<void> {
    this.#asking = true;
    while (this.#wanted !== null && !this.#closed) {
      const of = this.#wanted;
      this.#wanted = null;
      const begun = performance.now();
      const means = !this.#drawing || this.evaluation?.quantity === 'meanTestLoss';
      const answer = await this.#ask(() =>
        session.call('whatif.predict', { id: this.id, view: this.#view, rows: of.rows, testRow: this.testRow, means }),
      );
      // While rows are chosen anew, what is left of an old choice is of no use.
      if (answer !== null && this.selection.rows.length > 0) {
        this.prediction = { of, answer, milliseconds: performance.now() - begun };
      }
    }
    this.#asking = false;
  }

  /** After a moment without another choice: what takes longer, unasked where it is not long. */
  #settle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const { model } = this;
      if (model === null || this.#closed || this.selection.rows.length === 0) return;
      if (model.newtonSeconds * DOSE_SHARES.length < UNASKED_SECONDS) void this.askDose();
      if (model.parameters <= UNASKED_PARAMETERS) void this.askSpectrum();
    }, SETTLE_MS);
  }

  async askNewton(): Promise<void> {
    const of = this.selection;
    this.newtonPending = true;
    const begun = performance.now();
    const answer = await this.#ask(() =>
      session.call('whatif.predict', {
        ...{ id: this.id, view: this.#view, rows: of.rows, testRow: this.testRow },
        newton: 'always',
      }),
    );
    if (answer !== null && sameSelection(of, this.selection))
      this.prediction = { of, answer, milliseconds: performance.now() - begun };
    if (sameSelection(of, this.selection)) this.newtonPending = false;
  }

  async retrain(): Promise<void> {
    const of = this.selection;
    if (of.rows.length === 0) return;
    const begun = performance.now();
    this.retrainingSince = begun;
    const answer = await this.#ask(() =>
      session.call('whatif.retrain', { id: this.id, view: this.#view, rows: of.rows, testRow: this.testRow }),
    );
    if (this.retrainingSince !== begun) return;
    this.retrainingSince = null;
    if (answer !== null && sameSelection(of, this.selection))
      this.retraining = { of, answer, milliseconds: performance.now() - begun };
  }

  askDose(): Promise<void> {
    return this.#dose('curve', DOSE_SHARES);
  }

  retrainDoses(): Promise<void> {
    return this.#dose('points', RETRAINED_SHARES);
  }

  async #dose(kind: 'curve' | 'points', shares: number[]): Promise<void> {
    const { selection: of, evaluation } = this;
    if (evaluation === null || of.rows.length === 0) return;
    this.dosePending = kind;
    const begun = performance.now();
    const answer = await this.#ask(() =>
      session.call('whatif.dose', {
        ...{ id: this.id, view: this.#view, rows: of.rows, evaluation, shares },
        actual: kind === 'points',
      }),
    );
    if (!this.#stillAbout(of, evaluation)) return;
    this.dosePending = null;
    if (answer === null) return;
    const shown = { of, answer, milliseconds: performance.now() - begun };
    if (kind === 'curve') this.dose = shown;
    else this.dosePoints = shown;
  }

  async askSpectrum(): Promise<void> {
    const { selection: of, evaluation } = this;
    if (evaluation === null || of.rows.length === 0) return;
    this.spectrumPending = true;
    const begun = performance.now();
    const answer = await this.#ask(() =>
      session.call('whatif.spectrum', { id: this.id, view: this.#view, rows: of.rows, evaluation }),
    );
    if (!this.#stillAbout(of, evaluation)) return;
    this.spectrumPending = false;
    if (answer !== null) this.spectrum = { of, answer, milliseconds: performance.now() - begun };
  }

  #stillAbout(of: RowSelection, evaluation: Evaluation): boolean {
    return !this.#closed && sameSelection(of, this.selection) && evaluation === this.evaluation;
  }

  /** Values of the columns, one after the other. */
  async points(columns: RowColumn[]): Promise<Float64Array | null> {
    const answer = await this.#ask(() => session.call('whatif.points', { id: this.id, columns }));
    return answer?.values ?? null;
  }

  /** Null when it was refused, see `refusal`, or another question took its place. */
  async #ask<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (thrown) {
      const cancelled = thrown instanceof LeverageError && thrown.kind === 'cancelled';
      if (!cancelled && !this.#closed) this.refusal = toFailure(thrown);
      return null;
    }
  }
}
