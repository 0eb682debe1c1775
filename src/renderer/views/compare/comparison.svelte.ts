/** One open comparison: what is shown of a study, what is marked in it, and the steps between. */
import { untrack } from 'svelte';
import type { DatasetSummary } from '../../../shared/dataset.ts';
import { CONSTRUCTORS, type Evaluation, type GroupOrigin } from '../../../shared/quantities.ts';
import type { EffectsTable, GroupSummary, RowDetail, StudyDetail } from '../../../shared/study.ts';
import { AXIS_MODES, type AxisMode } from '../../charts/axis-range.ts';
import { interleave } from '../../charts/interleave.ts';
import type { StudyTheory } from '../../../shared/theory.ts';
import { attempt } from '../../state/actions.ts';
import { notices } from '../../state/notices.svelte.ts';
import type { Undoable } from '../../state/edit-history.svelte.ts';
import { route } from '../../state/route.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import { StudyData } from '../../state/study-data.svelte.ts';
import { record, redo, startHistory, undo, type UndoHistory } from '../../state/undo.ts';
import { columnsOf, comparePanels, drawnEvaluations, layoutOf, pairsOf } from './compare-panels.ts';
import type { Layout, Panel } from './compare-panels.ts';
import { chooseEvaluation } from './evaluation-choice.ts';

/** What a step of undo goes back to. */
interface View {
  options: Readonly<Record<string, string>>;
  brushed: ReadonlySet<number> | null;
  hidden: ReadonlySet<GroupOrigin>;
}

/** As the engine's own limit for factoring a Hessian whole (src/main/theory/whitening.ts). */
const QUICK_PARAMETERS = 1536;

/** Made while a component starts, whose effects keep it up to date; `close` ends it. */
export class Comparison implements Undoable {
  readonly #data: StudyData | null;
  brushed = $state.raw<ReadonlySet<number> | null>(null);
  hidden = $state.raw<ReadonlySet<GroupOrigin>>(new Set());
  /** The panel beside the charts; it stays while the next box is drawn, so that nothing moves under the pointer. */
  marksOpen = $state(false);
  testPoint = $state.raw<RowDetail | null>(null);
  /** Pixels the charts have beside each other. */
  room = $state(1160);
  /** While a box is being drawn its marks are not yet a step that can be undone. */
  #drawing = $state(false);
  #steps = $state.raw<UndoHistory<View>>(untrack(() => startHistory(this.#view())));

  /** What the propositions say of the study; null until asked for and known. */
  theory = $state.raw<StudyTheory | null>(null);
  theoryAsked = $state(false);

  readonly options = $derived(route.place.options);
  readonly effects = $derived.by((): EffectsTable | null => this.#data?.effects ?? null);
  readonly groups = $derived.by((): readonly GroupSummary[] => this.#data?.groups ?? []);
  readonly study = $derived.by((): StudyDetail | null => this.#data?.detail ?? null);
  readonly missing = $derived.by((): boolean => this.#data?.missing ?? false);
  readonly dataset = $derived.by((): DatasetSummary | null =>
    this.study === null ? null : session.dataset(this.study.datasetId),
  );

  readonly mode = $derived<AxisMode>(AXIS_MODES.find((candidate) => candidate === this.options['axes']) ?? 'equal');
  readonly shown = $derived<'chart' | 'table'>(this.options['show'] === 'table' ? 'table' : 'chart');
  readonly layout = $derived<Layout>(this.shown === 'table' ? 'one' : layoutOf(this.options['layout']));
  readonly evaluation = $derived.by((): Evaluation | null =>
    this.effects === null ? null : chooseEvaluation(this.effects.evaluations, this.options['q'], this.options['t']),
  );
  readonly selected = $derived.by((): number | null => {
    const index = Number(this.options['g'] ?? NaN);
    return Number.isInteger(index) && index >= 0 && index < this.groups.length ? index : null;
  });

  /** The families of the study's groups and how many groups each has, in the constructors' order. */
  readonly families = $derived.by(() => {
    const counts = new Map<GroupOrigin, number>();
    for (const { origin } of this.groups) counts.set(origin, (counts.get(origin) ?? 0) + 1);
    return [...counts]
      .map(([origin, count]) => ({ origin, count }))
      .sort((a, b) => familyRank(a.origin) - familyRank(b.origin));
  });

  readonly #order = $derived(interleave(this.groups.map((group) => group.origin)));
  readonly panels = $derived.by((): Panel[] => {
    const { effects, groups, hidden, layout, mode, evaluation, study } = this;
    if (effects === null || evaluation === null) return [];
    const known = study?.agreements ?? [];
    const { theory } = this;
    return comparePanels(
      { effects, groups, order: this.#order, hidden, layout, mode, evaluation, known, theory },
      this.options['t'],
    );
  });
  readonly columns = $derived.by((): number => {
    const { effects, evaluation, layout } = this;
    if (effects === null || evaluation === null) return 1;
    const drawn = drawnEvaluations(effects.evaluations, layout, evaluation, this.options['t']);
    return columnsOf(layout, drawn.length, pairsOf(effects).length, this.room);
  });

  /** What every export says of where its numbers come from. */
  readonly origin = $derived({
    study: this.study?.name ?? '',
    studyId: this.study?.id ?? '',
    dataset: this.study?.datasetName ?? '',
    datasetSha256: this.study?.provenance?.datasetFingerprint ?? '',
  });

  /** A field's own undo comes first. */
  readonly inFields = false;
  readonly canUndo = $derived(this.#steps.past.length > 0);
  readonly canRedo = $derived(this.#steps.future.length > 0);

  readonly #testRow = $derived.by((): number | null =>
    this.evaluation !== null && /^\d+$/.test(this.evaluation.target) ? Number(this.evaluation.target) : null,
  );

  constructor(id: string | null) {
    this.#data = id === null ? null : new StudyData(id);
    if (id !== null) {
      this.#follow(id);
      this.#fetchTestPoint(id);
      $effect(() => {
        if (this.#conePossible && this.theoryIsQuick) untrack(() => this.askTheory());
      });
    }
    $effect(() => {
      if (this.#drawing) return;
      const now = this.#view();
      untrack(() => (this.#steps = record(this.#steps, now, sameView)));
    });
  }

  /** Whether factoring the model's Hessian takes seconds. */
  readonly theoryIsQuick = $derived.by((): boolean => {
    const { dataset } = this;
    if (dataset === null) return false;
    const logits = dataset.classes.length > 2 ? dataset.classes.length : 1;
    return (dataset.featureCount + 1) * logits <= QUICK_PARAMETERS;
  });
  /** Self-loss against Newton; margins where groups may be copies of one point. */
  readonly #conePossible = $derived(
    this.study?.status === 'done' &&
      this.panels.some(
        ({ pair, evaluation }) =>
          pair.key === 'influence-newton' && (evaluation.quantity === 'selfLoss' || evaluation.quantity === 'margin'),
      ),
  );
  readonly theoryOffered = $derived(
    this.theory === null &&
      !this.theoryAsked &&
      !this.theoryIsQuick &&
      this.dataset !== null &&
      this.#conePossible &&
      this.evaluation?.quantity === 'selfLoss',
  );

  askTheory(): void {
    const id = this.study?.id;
    if (id === undefined || this.theory !== null || this.theoryAsked) return;
    this.theoryAsked = true;
    // Without it the charts are whole: no cone is drawn, and that is all.
    session.call('theory.study', { id }).then(
      (theory) => {
        this.theory = theory;
        this.theoryAsked = false;
      },
      () => (this.theoryAsked = false),
    );
  }

  stopTheory(): void {
    const id = this.study?.id;
    if (id !== undefined) void session.call('theory.cancel', { id }).catch(() => undefined);
  }

  close(): void {
    if (this.theoryAsked) this.stopTheory();
    this.#data?.close();
  }

  select(group: number | null): void {
    route.choose({ g: group === null ? undefined : String(group) });
  }

  /** Marks the groups, or none; `settled` once the box is drawn. */
  brush(inside: ReadonlySet<number> | null, settled: boolean): void {
    this.#drawing = !settled;
    this.brushed = inside;
    if (!settled) return;
    this.marksOpen = inside !== null;
    // The marked groups take the place of a group that is open.
    if (inside !== null && this.selected !== null) this.select(null);
  }

  toggleFamily(origin: GroupOrigin): void {
    const next = new Set(this.hidden);
    if (!next.delete(origin)) next.add(origin);
    if (next.size === this.families.length) {
      notices.confirm('At least one family of groups stays in view.');
      return;
    }
    this.hidden = next;
  }

  showAllFamilies(): void {
    this.hidden = new Set();
  }

  undo(): void {
    this.#travel(undo(this.#steps));
  }

  redo(): void {
    this.#travel(redo(this.#steps));
  }

  #view(): View {
    return { options: route.place.options, brushed: this.brushed, hidden: this.hidden };
  }

  #travel(to: UndoHistory<View>): void {
    if (to === this.#steps) return;
    const { options: wanted, brushed, hidden } = to.present;
    this.#steps = to;
    this.brushed = brushed;
    this.marksOpen = brushed !== null;
    this.hidden = hidden;
    const dropped = Object.keys(this.options).filter((key) => !(key in wanted));
    route.choose({ ...Object.fromEntries(dropped.map((key) => [key, undefined])), ...wanted });
  }

  /** Fetches again as results arrive, and at once when the study came to another state. */
  #follow(id: string): void {
    $effect(() => {
      if (session.revisions[id] !== undefined) untrack(() => this.#data?.changed());
    });
    const status = $derived(session.study(id)?.status);
    let known = untrack(() => status);
    $effect(() => {
      const now = status;
      if (known !== undefined && now !== known) untrack(() => this.#data?.refresh());
      known = now;
    });
  }

  #fetchTestPoint(id: string): void {
    $effect(() => {
      const row = this.#testRow;
      if (row === null) {
        this.testPoint = null;
        return;
      }
      void attempt(() => session.call('studies.testPoint', { id, row })).then((detail) => {
        if (this.#testRow === row) this.testPoint = detail;
      });
    });
  }
}

function familyRank(origin: GroupOrigin): number {
  const rank = (CONSTRUCTORS as readonly GroupOrigin[]).indexOf(origin);
  return rank < 0 ? CONSTRUCTORS.length : rank;
}

function sameView(a: View, b: View): boolean {
  return a.brushed === b.brushed && a.hidden === b.hidden && JSON.stringify(a.options) === JSON.stringify(b.options);
}
