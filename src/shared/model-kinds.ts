/** Which kind of model a study has: apart from its schema, so that the window asks without bringing a validator along. */
import type { ModelSpec, NetworkSpec } from './study-spec.ts';

/** Models that are trained through the TrainableModel interface: all but logistic and softmax regression. */
export function isTrainable(model: ModelSpec): model is Exclude<ModelSpec, { kind?: 'logistic' | 'softmax' }> {
  return model.kind !== undefined && model.kind !== 'logistic' && model.kind !== 'softmax';
}

export function isNetwork(model: ModelSpec): model is NetworkSpec {
  return model.kind === 'mlp' || model.kind === 'cnn';
}
