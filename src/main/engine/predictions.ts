/** What the fitted model says of every row: computed once per study from the stored fit, then looked up. */
import type { Design, DesignSplit, ImageShape } from '../../shared/dataset.ts';
import { LeverageError } from '../../shared/errors.ts';
import { logSumExp, softplus } from '../compute/stable-change.ts';
import { multiplyRow } from './design-rows.ts';
import { isNetwork } from '../../shared/study-spec.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import { rowLosses } from '../networks/row-losses.ts';
import type { TrainableSpec } from '../networks/study-model.ts';

export interface SplitPredictions {
  /** Class index per row, in the order of `classes`. */
  y: Int32Array;
  /** Probability of the row's own class. */
  probability: Float64Array;
  /** −log of it. */
  loss: Float64Array;
}

export interface StudyPredictions {
  classes: string[];
  train: SplitPredictions;
  test: SplitPredictions;
}

export interface PredictionCache {
  of(studyId: string, compute: () => StudyPredictions): StudyPredictions;
  forget(studyId: string): void;
}

const STUDIES_KEPT = 4;

/** Keeps the predictions of the studies looked at last; a study's fit never changes. */
export function predictionCache(): PredictionCache {
  const kept = new Map<string, StudyPredictions>();
  return {
    of: (studyId, compute) => {
      const found = kept.get(studyId) ?? compute();
      kept.delete(studyId);
      kept.set(studyId, found);
      const oldest = kept.keys().next().value;
      if (kept.size > STUDIES_KEPT && oldest !== undefined) kept.delete(oldest);
      return found;
    },
    forget: (studyId) => void kept.delete(studyId),
  };
}

/** @throws LeverageError 'internal' when the fit is not of this design */
export function predict(design: Design, fit: StoredFit): StudyPredictions {
  return {
    classes: design.classes,
    train: predictSplit(design.train, fit),
    test: predictSplit(design.test, fit),
  };
}

/** Of a model that is trained through the TrainableModel interface; a probability is NaN where the model has none. */
export function predictTrainable(
  spec: TrainableSpec,
  design: Design,
  image: ImageShape | null,
  fit: StoredFit,
): StudyPredictions {
  const losses = rowLosses(spec, design, image, fit.coefficients);
  const split = (name: 'train' | 'test'): SplitPredictions => ({
    y: design[name].y,
    probability: losses[name].map((loss) => (isNetwork(spec) ? Math.exp(-loss) : NaN)),
    loss: losses[name],
  });
  return { classes: design.classes, train: split('train'), test: split('test') };
}

function predictSplit(split: DesignSplit, fit: StoredFit): SplitPredictions {
  const { X, y } = split;
  const p = fit.coefficients.length / fit.logits;
  if (p !== X.columns && p !== X.columns + 1) {
    throw new LeverageError(
      'internal',
      `The stored fit has ${p} coefficients per class, the dataset ${X.columns} features.`,
    );
  }
  const probability = new Float64Array(X.rows);
  const loss = new Float64Array(X.rows);
  const z = new Float64Array(fit.logits);
  for (let row = 0; row < X.rows; row++) {
    for (let l = 0; l < fit.logits; l++) {
      const bias = p > X.columns ? fit.coefficients[l * p + X.columns] : 0;
      z[l] = bias + multiplyRow(X, row, fit.coefficients, l * p);
    }
    loss[row] = fit.logits === 1 ? softplus(y[row] === 1 ? -z[0] : z[0]) : logSumExp(z, fit.logits, 0, 1) - z[y[row]];
    probability[row] = Math.exp(-loss[row]);
  }
  return { y, probability, loss };
}
