/** The panels of a comparison: which scatters are drawn, with their marks, axes and words. Pure. */
import type { Evaluation, GroupOrigin } from '../../../shared/quantities.ts';
import type { Agreement, EffectsTable, GroupSummary } from '../../../shared/study.ts';
import { axisPair, type AxisMode, type AxisPair } from '../../charts/axis-range.ts';
import { effectColumn, evaluationIndex, pointsOf, type Points } from '../../charts/points.ts';
import { chooseEvaluation, quantitiesOf, targetsOf } from './evaluation-choice.ts';
import { agreementWords, pairAgreements, PAIRS, type Pair } from './pairs.ts';

/** One quantity on one target; every quantity; or one quantity on every test row. */
export const LAYOUTS = ['one', 'quantities', 'rows'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface Panel {
  key: string;
  pair: Pair;
  evaluation: Evaluation;
  points: Points;
  axes: AxisPair;
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
}

/** The layout an option of the URL means. */
export function layoutOf(option: string | undefined): Layout {
  return LAYOUTS.find((layout) => layout === option) ?? 'one';
}

/** Test rows shown beside each other at most. */
const MOST_ROWS = 12;

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
  return Math.min(evaluations, width < 640 ? 2 : width < 1400 || evaluations === 6 ? 3 : 4);
}

export function comparePanels(input: PanelInput, testRow: string | undefined): Panel[] {
  const { effects, groups, order, hidden, layout, mode, evaluation } = input;
  const drawn = drawnEvaluations(effects.evaluations, layout, evaluation, testRow);
  const pending = groups.filter((group) => group.retraining === null).length;
  const panels = pairsShown(effects, layout).flatMap((pair) =>
    drawn.map((shown) => {
      const at = evaluationIndex(effects, shown);
      const x = effectColumn(effects, at, pair.x);
      const y = effectColumn(effects, at, pair.y);
      const list = pairAgreements(pair, shown, groups, x, y);
      return {
        key: panelKey(layout, shown, pair),
        pair,
        evaluation: shown,
        points: pointsOf(x, y, order, groups, hidden),
        list,
        words: agreementWords(pair, list, pending),
      };
    }),
  );
  // One range per quantity and target over all its panels, so that they can be compared by eye.
  return panels.map((panel) => {
    if (mode === 'free') return { ...panel, axes: axisPair(panel.points.x, panel.points.y, mode) };
    const same = panels.filter((other) => other.evaluation === panel.evaluation);
    const joined = (pick: 'x' | 'y') => Float64Array.from(same.flatMap((other) => [...other.points[pick]]));
    return { ...panel, axes: axisPair(joined('x'), joined('y'), mode) };
  });
}

/** All three comparisons of one quantity; against actual only where many evaluations stand beside each other. */
function pairsShown(effects: EffectsTable, layout: Layout): Pair[] {
  const pairs = pairsOf(effects);
  if (layout === 'one') return pairs;
  const judged = pairs.filter((pair) => pair.y === 'actual');
  const shown = judged.length > 0 ? judged : pairs;
  return layout === 'rows' ? shown.slice(0, 1) : shown;
}

function panelKey(layout: Layout, { quantity, target }: Evaluation, pair: Pair): string {
  if (layout === 'one') return pair.key;
  return layout === 'quantities' ? `${quantity}-${pair.key}` : `${target}-${pair.key}`;
}
