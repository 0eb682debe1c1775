/** Fits a model to a design and puts it on a device. */
import { LeverageError } from '../../shared/errors.ts';
import type { Design } from '../../shared/dataset.ts';
import type { L2Spec } from '../../shared/study-spec.ts';
import type { Device } from '../compute/device.ts';
import { accuracy } from './accuracy.ts';
import { chooseLambda } from './choose-lambda.ts';
import type { StoredFit } from './fitted-model.ts';
import { placeModel, placeRows, type ModelOnDevice } from './model-on-device.ts';
import { parameterCount, type Objective } from './objective.ts';
import { optimise, type FitControl, type Fitting } from './optimise.ts';

export interface FitOptions {
  /** As PlaceOptions.expectedGroups. */
  expectedGroups?: number;
  l2: L2Spec;
  intercept: boolean;
  /** Coefficients of a fit with another λ, where to begin; not used when it is of another shape. */
  startFrom?: Float64Array | null;
}

/** Fits θ̂ in float64 to ‖∇‖ ≤ 1e-10·Σs. λ is absolute, relative (λ = relative·n) or cross-validated. */
export async function fitModel(
  design: Design,
  options: FitOptions,
  device: Device,
  control: FitControl,
): Promise<ModelOnDevice> {
  const { train, classes } = design;
  const n = train.X.rows;
  const logits = classes.length === 2 ? 1 : classes.length;
  const weights = train.weights ?? new Float64Array(n).fill(1);
  requireTwoClasses(design);
  if (options.intercept) requireEveryClass(design, weights);
  const places = await placeRows(design, options.intercept, device);
  const { placed } = places;
  const fitting: Fitting = { design, logits, weights, device, working: places.working.train, control };
  const chosen = await chooseLambda(placed, options.l2, fitting);
  const objective: Objective = { placed, logits, lambda: chosen.lambda };
  const { startFrom } = options;
  const start = startFrom?.length === parameterCount(objective) ? startFrom : undefined;
  const optimum = await optimise(objective, weights, fitting, start);
  const stored: StoredFit = {
    summary: {
      lambda: chosen.lambda,
      intercept: options.intercept,
      trainAccuracy: 0,
      testAccuracy: 0,
      testLoss: 0,
      gradientNorm: optimum.gradientNorm,
      iterations: optimum.iterations,
      crossValidation: chosen.tried,
    },
    coefficients: optimum.theta,
    logits,
    classes,
    featureNames: design.featureNames,
  };
  const model = await placeModel(stored, design, device, {
    places,
    expectedGroups: options.expectedGroups,
    checkCancelled: control.checkCancelled,
  });
  const { fitted } = model;
  stored.summary.trainAccuracy = accuracy(fitted.trainLogits, train.y, logits);
  stored.summary.testAccuracy = accuracy(fitted.testLogits, design.test.y, logits);
  stored.summary.testLoss = mean(fitted.testLoss);
  return model;
}

/** Of one class every model is sure: there is nothing to compare. */
function requireTwoClasses({ classes }: Design): void {
  if (classes.length >= 2) return;
  throw new LeverageError(
    'invalidInput',
    classes.length === 0 ? 'The training rows have no class.' : `All training rows are of the class "${classes[0]}".`,
    'A classifier needs at least two classes: choose another label column or other training rows.',
  );
}

/** With an intercept, a class without any weight has no finite optimum. */
function requireEveryClass({ train, classes }: Design, weights: Float64Array): void {
  const present = new Set<number>();
  train.y.forEach((label, i) => weights[i] > 0 && present.add(label));
  classes.forEach((name, label) => {
    if (present.has(label)) return;
    throw new LeverageError(
      'invalidInput',
      `Class "${name}" has no training row with a positive weight.`,
      'Leave the class out, or give one of its rows a weight.',
    );
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
