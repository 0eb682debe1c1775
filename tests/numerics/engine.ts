/** The engine as these tests use it: one design, one fit, all estimators for all groups. */
import type { Device } from '../../src/main/compute/device.ts';
import { certificates } from '../../src/main/estimators/actual.ts';
import { EFFECT_ESTIMATORS } from '../../src/main/estimators/index.ts';
import { solveFullHessian } from '../../src/main/estimators/influence-directions.ts';
import { createRemovalBatch } from '../../src/main/estimators/removal-batch.ts';
import { createEvaluationSet, type Slice } from '../../src/main/evaluation/evaluation-set.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { ModelOnDevice } from '../../src/main/models/model-on-device.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { ESTIMATORS, type Estimator, type Evaluation } from '../../src/shared/quantities.ts';
import type { Retraining } from '../../src/shared/study.ts';

export const control = { checkCancelled: () => {} };

export interface Asked {
  lambda: number;
  intercept: boolean;
  groups: readonly ArrayLike<number>[];
  evaluations: readonly Evaluation[];
  /** Groups computed side by side; all of them when left out. */
  batch?: number;
  /** On ‖∇‖ / ‖g(w)‖ of every retrained group. */
  tolerance?: number;
}

export interface Answered {
  /** [group][evaluation] */
  effects: Record<Estimator, number[][]>;
  retraining: Retraining[];
}

/** Tight enough that what is left is rounding. */
export const TIGHT = 1e-12;

export async function effectsOf(design: Design, asked: Asked, device: Device): Promise<Answered> {
  const model = await fitModel(design, { l2: { absolute: asked.lambda }, intercept: asked.intercept }, device, control);
  try {
    return await effectsAround(model, asked);
  } finally {
    model.dispose();
  }
}

export async function effectsAround(model: ModelOnDevice, asked: Asked): Promise<Answered> {
  const { evaluations, groups, batch: size = Math.max(1, groups.length), tolerance = TIGHT } = asked;
  const set = await createEvaluationSet(model, evaluations, slicesOf(model.fitted.design, evaluations));
  const directions = await solveFullHessian(model, set.gradients, control.checkCancelled);
  const answered: Answered = {
    effects: Object.fromEntries(ESTIMATORS.map((name) => [name, []])) as unknown as Answered['effects'],
    retraining: [],
  };
  for (let first = 0; first < groups.length; first += size) {
    const part = groups.slice(first, first + size).map((members) => ({ members: Int32Array.from(members) }));
    const batch = await createRemovalBatch(model, part, { tolerance, retrain: true, ...control });
    for (const estimator of ESTIMATORS) {
      const values = await EFFECT_ESTIMATORS[estimator]({ batch, evaluations: set, directions });
      part.forEach((_, g) => {
        answered.effects[estimator].push(evaluations.map((_, e) => values[e * part.length + g]));
      });
    }
    const actual = await EFFECT_ESTIMATORS.actual({ batch, evaluations: set, directions });
    answered.retraining.push(...(await certificates(model, batch, set, { seconds: 0, actual })));
  }
  return answered;
}

function slicesOf(design: Design, evaluations: readonly Evaluation[]): Slice[] {
  const all = Int32Array.from(design.test.y.keys());
  return evaluations
    .filter(({ quantity }) => quantity === 'meanTestLoss')
    .map(({ target }) => ({
      target,
      rows: target === 'all' ? all : all.filter((i) => `class=${design.classes[design.test.y[i]]}` === target),
    }));
}

/** Margin (two classes), loss of test rows 0 and 1, self-loss and mean test loss. */
export function everyQuantity(design: Design): Evaluation[] {
  const points = ['0', '1'];
  return [
    ...(design.classes.length === 2 ? points.map((target) => ({ quantity: 'margin' as const, target })) : []),
    ...points.map((target) => ({ quantity: 'loss' as const, target })),
    { quantity: 'selfLoss', target: 'self' },
    { quantity: 'meanTestLoss', target: 'all' },
  ];
}
