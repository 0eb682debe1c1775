/** The panels of a comparison: which scatters are drawn, with their marks, axes and words. Pure. */
import type { Evaluation, GroupOrigin } from '../../../shared/quantities.ts';
import type { Agreement, EffectsTable, GroupSummary } from '../../../shared/study.ts';
import { axisPair, type AxisMode, type AxisPair } from '../../charts/axis-range.ts';
import type { Cone } from '../../charts/cone.ts';
import { effectColumn, evaluationIndex, pointsOf, type Points } from '../../charts/points.ts';
import type { StudyTheory } from '../../../shared/theory.ts';
import { coneOf } from './cone-words.ts';
import { chooseEvaluation, quantitiesOf, targetsOf } from './evaluation-choice.ts';
import { agreementWords, pairAgreements, PAIRS, type Pair } from './pairs.ts';

/** One quantity on one target; every quantity; one quantity on every test row; or everything that was measured. */
export const LAYOUTS = ['one', 'quantities', 'rows', 'all'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface Panel {
  key: string;
  pair: Pair;
  evaluation: Evaluation;
  points: Points;
  axes: AxisPair;
  /** Where theory says the marks must lie; null where it says nothing. */
  cone: Cone | null;
  /** Agreement over all groups and per family. */
  list: Agreement[];
  words: string;
}

export interface PanelInput {
  effects: EffectsTable;
  groups: readonly GroupSummary[];
  /** The order of drawing (see `interleave`). */
  order: Int32Array;
  hidden: ReadonlySet<GroupOrigin>;
  layout: Layout;
  mode: AxisMode;
  /** The chosen one; its target is the test row where a layout needs one. */
  evaluation: Evaluation;
  /** Agreements with the actual effect that the engine has computed already, over all groups. */
  known?: readonly Agreement[];
  theory?: StudyTheory | null;
}

/** The layout an option of the URL means. */
export function layoutOf(option: string | undefined): Layout {
  return LAYOUTS.find((layout) => layout === option) ?? 'one';
}

/** Test rows shown beside each other at most. */
const MOST_ROWS = 12;
/** Panels of everything at most: more would be too small to read. */
export const MOST_PANELS = 28;

/** Comparisons that the study's estimators allow. */
export function pairsOf(effects: EffectsTable): Pair[] {
  return PAIRS.filter((pair) => effects.estimators.includes(pair.x) && effects.estimators.includes(pair.y));
}

/** The evaluations of a layout, from left to right. */
export function drawnEvaluations(
  evaluations: readonly Evaluation[],
  layout: Layout,
  chosen: Evaluation,
  testRow: string | undefined,
): Evaluation[] {
  if (layout === 'one') return [chosen];
  if (layout === 'all') return evaluations.slice(0, MOST_PANELS);
  if (layout === 'rows') {
    const targets = targetsOf(evaluations, chosen.quantity).slice(0, MOST_ROWS);
    return targets.map((target) => ({ quantity: chosen.quantity, target }));
  }
  return quantitiesOf(evaluations).flatMap((quantity) => {
    const target = quantity === chosen.quantity ? chosen.target : testRow;
    const found = chooseEvaluation(evaluations, quantity, target);
    return found === null ? [] : [found];
  });
}

/** Panels of a row of the page; the others follow below. */
export function columnsOf(layout: Layout, evaluations: number, pairs: number, width: number): number {
  if (layout === 'one') return width < 640 ? 1 : pairs;
  if (layout === 'quantities') return width < 640 ? 2 : evaluations;
  if (layout === 'all') return Math.min(evaluations, width < 640 ? 2 : width < 900 ? 4 : width < 1400 ? 5 : 7);
  return Math.min(evaluations, width < 640 ? 2 : width < 1400 || evaluations === 6 ? 3 : 4);
}

export function comparePanels(input: PanelInput, testRow: string | undefined): Panel[] {
  const { effects, groups, order, hidden, layout, mode, evaluation, known = [], theory = null } = input;
  const drawn = drawnEvaluations(effects.evaluations, layout, evaluation, testRow);
  const pending = groups.filter((group) => group.retraining === null).length;
  const panels = pairsShown(effects, layout).flatMap((pair) =>
    drawn.map((shown) => {
      const at = evaluationIndex(effects, shown);
      const x = effectColumn(effects, at, pair.x);
      const y = effectColumn(effects, at, pair.y);
      const list = pending === 0 ? knownAgreements(known, pair, shown) : [];
      if (list.length === 0) list.push(...pairAgreements(pair, shown, groups, x, y));
      return {
        key: panelKey(layout, shown, pair),
        pair,
        evaluation: shown,
        points: pointsOf(x, y, order, groups, hidden),
        cone: coneOf(theory, pair, shown),
        list,
        words: agreementWords(pair, list, pending),
      };
    }),
  );
  // One range per quantity and target over all its panels, so that they can be compared by eye.
  return panels.map((panel) => {
    if (mode === 'free') return { ...panel, axes: axisPair(panel.points.x, panel.points.y, mode) };
    const same = panels.filter((other) => other.evaluation === panel.evaluation);
    const [only] = same;
    if (same.length === 1 && only !== undefined) {
      return { ...panel, axes: axisPair(only.points.x, only.points.y, mode) };
    }
    const joined = (pick: 'x' | 'y') => joinedColumns(same.map((other) => other.points[pick]));
    return { ...panel, axes: axisPair(joined('x'), joined('y'), mode) };
  });
}

/** The engine's own agreements, where it has judged this pair. */
function knownAgreements(known: readonly Agreement[], pair: Pair, { quantity, target }: Evaluation): Agreement[] {
  if (pair.y !== 'actual') return [];
  return known.filter(
    (agreement) => agreement.estimator === pair.x && agreement.quantity === quantity && agreement.target === target,
  );
}

function joinedColumns(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return all;
}

/** All three comparisons of one quantity; against actual only where many evaluations stand beside each other. */
function pairsShown(effects: EffectsTable, layout: Layout): Pair[] {
  const pairs = pairsOf(effects);
  if (layout === 'one') return pairs;
  const judged = pairs.filter((pair) => pair.y === 'actual');
  const shown = judged.length > 0 ? judged : pairs;
  return layout === 'quantities' ? shown : shown.slice(0, 1);
}

function panelKey(layout: Layout, { quantity, target }: Evaluation, pair: Pair): string {
  if (layout === 'one') return pair.key;
  if (layout === 'all') return `${quantity}-${target}-${pair.key}`;
  return layout === 'quantities' ? `${quantity}-${pair.key}` : `${target}-${pair.key}`;
}
