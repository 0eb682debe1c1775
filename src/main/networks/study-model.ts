/** The TrainableModel that a study.json's `model` asks for, of the kinds that are trained through that interface. */
import { invalidInput } from '../../shared/errors.ts';
import type { Design, ImageShape } from '../../shared/dataset.ts';
import type { ModelSpec, NetworkSpec } from '../../shared/study-spec.ts';
import { ridgeModel, smoothHingeModel } from '../models/trainable/convex-model.ts';
import type { TrainableModel } from '../models/trainable/trainable-model.ts';
import { cnn, mlp, type Network } from './architecture.ts';
import { float64Steps } from './float64-steps.ts';
import { networkModel } from './network-model.ts';
import type { OpenSteps } from './network-steps.ts';

export type TrainableSpec = Exclude<ModelSpec, { kind?: 'logistic' | 'softmax' }>;

/** Absolute λ: relative·n, or as given. */
export function absoluteLambda({ l2 }: TrainableSpec, rows: number): number {
  return 'absolute' in l2 ? l2.absolute : l2.relative * rows;
}

/**
 * @param design built with `label: 'numbers'` for ridge regression
 * @param openSteps where a network's training steps are computed
 * @throws LeverageError 'invalidInput' where the kind does not fit the data
 */
export function studyModel(
  spec: TrainableSpec,
  design: Design,
  image: ImageShape | null,
  openSteps: OpenSteps = float64Steps,
): TrainableModel {
  const lambda = absoluteLambda(spec, design.train.X.rows);
  if (spec.kind === 'ridge') return ridgeModel(design, { lambda, intercept: spec.intercept });
  if (spec.kind === 'smoothHinge') {
    return smoothHingeModel(design, { lambda, intercept: spec.intercept, temperature: spec.temperature });
  }
  const network = networkOf(spec, design, image);
  return networkModel({ kind: spec.kind, network, design, lambda, recipe: spec.training, openSteps });
}

/** Throws `invalidInput` for a convolutional network without images. */
export function networkOf(spec: NetworkSpec, { train, classes }: Design, image: ImageShape | null): Network {
  const outputs = classes.length === 2 ? 1 : classes.length;
  const { hidden, activation } = spec;
  if (spec.kind === 'mlp') return mlp({ inputs: train.X.columns, outputs, hidden, activation });
  if (image === null || image.height * image.width !== train.X.columns) {
    throw invalidInput(
      'A convolutional network (model.kind "cnn") needs images; the features of this dataset are not pixels alone.',
      'Choose "mlp", or a dataset of images.',
    );
  }
  return cnn({ image, channels: spec.channels, hidden, outputs, activation });
}
