/** Which kind a model is of. Apart from the schema, so that a page has no need of the library that validates: it tries `eval`, which pages forbid. */
import type { ModelSpec, NetworkSpec } from './study-spec.ts';

/** Models that are trained through the TrainableModel interface: all but logistic and softmax regression. */
export function isTrainable(model: ModelSpec): model is Exclude<ModelSpec, { kind?: 'logistic' | 'softmax' }> {
  return model.kind !== undefined && model.kind !== 'logistic' && model.kind !== 'softmax';
}

export function isNetwork(model: ModelSpec): model is NetworkSpec {
  return model.kind === 'mlp' || model.kind === 'cnn';
}
