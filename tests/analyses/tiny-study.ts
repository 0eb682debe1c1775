/** A small fitted model with groups, as the analyses see it, and the same problem in dense algebra. */
import { type AnalysisInput } from '../../src/main/analyses/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { solveFullHessian } from '../../src/main/estimators/influence-directions.ts';
import { createEvaluationSet } from '../../src/main/evaluation/evaluation-set.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { Evaluation } from '../../src/shared/quantities.ts';
import { DenseNewton } from '../numerics/dense-newton.ts';
import { denseData } from '../numerics/designs.ts';
import { control } from '../numerics/engine.ts';
import { randomDesign } from '../numerics/problems.ts';

export interface Tiny {
  input: AnalysisInput;
  dense: DenseNewton;
  /** q. */
  theta: Float64Array;
  evaluation: Evaluation;
  close(): void;
}

export const MEAN: Evaluation = { quantity: 'meanTestLoss', target: 'all' };

export interface Wanted {
  rows?: number;
  features?: number;
  classes?: number;
  seed?: number;
  intercept?: boolean;
  evaluation?: Evaluation;
  groups: readonly (readonly number[])[];
}

export async function tinyStudy(device: Device, wanted: Wanted): Promise<Tiny> {
  const { rows = 40, features = 3, classes = 2, seed = 3, intercept = true, evaluation = MEAN, groups } = wanted;
  const design = randomDesign({ rows, features, classes, seed });
  const lambda = 0.05 * rows;
  const model = await fitModel(design, { l2: { absolute: lambda }, intercept }, device, control);
  const all = Int32Array.from(design.test.y.keys());
  const evaluations = await createEvaluationSet(model, [evaluation], [{ target: 'all', rows: all }]);
  const d = features;
  const rowsOf = (split: typeof design.train) =>
    Array.from({ length: split.y.length }, (_, i) => denseData(split).subarray(i * d, (i + 1) * d));
  const dense = new DenseNewton({
    X: rowsOf(design.train),
    y: design.train.y,
    testX: rowsOf(design.test),
    testY: design.test.y,
    weights: new Float64Array(rows).fill(1),
    classes,
    lambda,
    intercept,
  });
  return {
    input: {
      model,
      groups: groups.map((members, g) => ({ id: `g${g}`, label: `group ${g}`, members: Int32Array.from(members) })),
      evaluations,
      direction: await solveFullHessian(model, evaluations.gradients, control.checkCancelled),
      tolerance: 1e-12,
      sideBySide: 5,
      progress: () => {},
      ...control,
    },
    dense,
    theta: dense.fit(dense.everyone(), new Float64Array(dense.q)),
    evaluation,
    close: () => model.dispose(),
  };
}

/** f at the fit to `rows` (which may repeat) − f(θ̂), by dense Newton. */
export function trainedOn({ dense, theta, evaluation }: Tiny, rows: readonly number[]): number {
  const there = dense.fit(rows, theta);
  return dense.change(
    theta,
    there.map((value, j) => value - theta[j]),
    [],
    evaluation,
    false,
  );
}
