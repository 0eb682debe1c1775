/** How well the estimates agree with retraining as λ changes: one curve per quantity, target and estimator. Pure. */
import { ESTIMATOR_TITLE, QUANTITIES, type Estimator, type Quantity } from '../../../shared/quantities.ts';
import { niceStep } from '../../charts/axis-range.ts';
import type { StudyDetail } from '../../../shared/study.ts';

export interface LambdaPoint {
  studyId: string;
  studyName: string;
  /** λ/n. */
  relativeL2: number;
  /** Spearman's ρ of the estimate with the actual effect, over all groups. */
  spearman: number;
  groups: number;
}

export interface LambdaCurve {
  estimator: Estimator;
  title: string;
  /** By λ ascending. */
  points: LambdaPoint[];
}

export interface LambdaPanel {
  quantity: Quantity;
  target: string;
  curves: LambdaCurve[];
}

/** Targets of a quantity that every one of the studies has been measured on, in the first one's order. */
export function commonTargets(studies: readonly StudyDetail[], quantity: Quantity): string[] {
  const [first, ...others] = studies;
  if (first === undefined) return [];
  const targetsOf = (study: StudyDetail) =>
    study.evaluations.filter((evaluation) => evaluation.quantity === quantity).map((evaluation) => evaluation.target);
  const sets = others.map((study) => new Set(targetsOf(study)));
  return targetsOf(first).filter((target) => sets.every((set) => set.has(target)));
}

/** One panel per quantity that all studies share: on the test row asked for where it has one, else its first target. */
export function lambdaPanels(studies: readonly StudyDetail[], testRow: string | undefined): LambdaPanel[] {
  return QUANTITIES.flatMap((quantity): LambdaPanel[] => {
    const targets = commonTargets(studies, quantity);
    const target = targets.find((candidate) => candidate === testRow) ?? targets[0];
    if (target === undefined) return [];
    const curves = curvesOf(studies, quantity, target);
    return curves.length === 0 ? [] : [{ quantity, target, curves }];
  });
}

function curvesOf(studies: readonly StudyDetail[], quantity: Quantity, target: string): LambdaCurve[] {
  const byEstimator = new Map<Estimator, LambdaPoint[]>();
  for (const study of studies) {
    if (study.relativeL2 === null) continue;
    for (const agreement of study.agreements) {
      const wanted = agreement.quantity === quantity && agreement.target === target && agreement.groups === 'all';
      if (!wanted || !Number.isFinite(agreement.spearman)) continue;
      const points = byEstimator.get(agreement.estimator) ?? [];
      byEstimator.set(agreement.estimator, points);
      points.push({
        studyId: study.id,
        studyName: study.name,
        relativeL2: study.relativeL2,
        spearman: agreement.spearman,
        groups: agreement.count,
      });
    }
  }
  return [...byEstimator].map(([estimator, points]) => ({
    estimator,
    title: ESTIMATOR_TITLE[estimator],
    points: points.sort((a, b) => a.relativeL2 - b.relativeL2 || a.studyName.localeCompare(b.studyName)),
  }));
}

/** The axis of ρ: down to the lowest value, rounded outwards to a step that reads well, up to 1. */
export function spearmanAxis(panels: readonly LambdaPanel[]): { range: [number, number]; step: number } {
  const values = panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map((point) => point.spearman)));
  const room = Math.max(1 - Math.min(1, ...values), 1e-4);
  const step = niceStep(room, 5);
  const low = 1 - Math.ceil(room / step - 1e-9) * step;
  return { range: [Number(Math.max(-1, low).toPrecision(12)), 1], step };
}
