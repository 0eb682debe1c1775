/**
 * Figure 3, right: influence is off in scale, and by a different factor for each group. Copies of four points; removing m
 * copies of one of them gives I_Nt = d(w)·I with d(w) = 1/(1 − m φ″ xᵀH_λ⁻¹x) (Proposition 4), which is near 1 for one
 * point and about 8 for another.
 */
import type { Device } from '../compute/device.ts';
import { EFFECT_ESTIMATORS } from '../estimators/index.ts';
import { solveFullHessian } from '../estimators/influence-directions.ts';
import { createRemovalBatch } from '../estimators/removal-batch.ts';
import { createEvaluationSet } from '../evaluation/evaluation-set.ts';
import { fitModel } from '../models/fit.ts';
import type { Design } from '../../shared/dataset.ts';
import { copiesFactors } from './copies.ts';

export interface ScalePoint {
  /** 0 … 3: of which point copies are removed, and how many. */
  point: number;
  copies: number;
  /** On the margin of the test point. */
  influence: number;
  newton: number;
  actual: number;
  /** d(w) of Proposition 4, in closed form. */
  factor: number;
}

export interface ScaleCounterexample {
  points: ScalePoint[];
  theta: Float64Array;
}

const POINTS = [
  { x: [0.075, 0], label: 0, copies: 40 },
  { x: [0.15, 0], label: 1, copies: 20 },
  { x: [0, 1], label: 0, copies: 40 },
  { x: [0, 0.1], label: 1, copies: 20 },
] as const;
/** 1e-3 n, n = 120. */
export const COUNTEREXAMPLE_LAMBDA = 0.12;
const TIGHT = 1e-12;

export function scaleDesign(): Design {
  const rows = POINTS.flatMap(({ x, label, copies }) => Array.from({ length: copies }, () => ({ x, label })));
  const X = Float64Array.from(rows.flatMap(({ x }) => x));
  const part = (data: Float64Array, y: Int32Array): Design['train'] => ({
    X: { kind: 'dense', rows: y.length, columns: 2, data },
    y,
    weights: null,
  });
  return {
    train: part(
      X,
      Int32Array.from(rows, ({ label }) => label),
    ),
    test: part(Float64Array.of(1, 1), Int32Array.of(1)),
    classes: ['0', '1'],
    featureNames: ['x1', 'x2'],
  };
}

/** The first m copies of each point, m = 1 … count − 1: 116 groups. */
export async function scaleCounterexample(device: Device, checkCancelled: () => void): Promise<ScaleCounterexample> {
  const groups = POINTS.flatMap(({ copies }, point) => {
    const first = POINTS.slice(0, point).reduce((sum, before) => sum + before.copies, 0);
    return Array.from({ length: copies - 1 }, (_, m) => ({
      point,
      members: Int32Array.from({ length: m + 1 }, (__, at) => first + at),
    }));
  });
  const control = { checkCancelled };
  const model = await fitModel(
    scaleDesign(),
    { l2: { absolute: COUNTEREXAMPLE_LAMBDA }, intercept: false },
    device,
    control,
  );
  try {
    const evaluations = await createEvaluationSet(model, [{ quantity: 'margin', target: '0' }], []);
    const directions = await solveFullHessian(model, evaluations.gradients, checkCancelled);
    const batch = await createRemovalBatch(model, groups, { tolerance: TIGHT, retrain: true, ...control });
    const input = { batch, evaluations, directions };
    const influence = await EFFECT_ESTIMATORS.influence(input);
    const newton = await EFFECT_ESTIMATORS.newton(input);
    const actual = await EFFECT_ESTIMATORS.actual(input);
    const factors = await copiesFactors(
      model,
      groups.map(({ members }) => members),
      checkCancelled,
    );
    return {
      theta: model.fitted.coefficients,
      points: groups.map(({ point, members }, g) => ({
        point,
        copies: members.length,
        influence: influence[g],
        newton: newton[g],
        actual: actual[g],
        factor: factors[g],
      })),
    };
  } finally {
    model.dispose();
  }
}
