/**
 * The vocabulary of effects (Koh et al. 2019, sections 2–3): what is measured
 * (quantity), on what (target) and by which method (estimator).
 *
 * Sign, everywhere: effect = f(θ̂ without the group) − f(θ̂). Positive means that
 * removing the group raises the quantity. A study that adds its groups (effect "add") has
 * f(θ̂ with the group twice) − f(θ̂): positive means that adding it raises the quantity.
 */

export const QUANTITIES = ['margin', 'loss', 'selfLoss', 'meanTestLoss'] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const ESTIMATORS = [
  'influence',
  'newton',
  'actual',
  'influenceOnParameters',
  'newtonLinear',
  'secondOrder',
  'rescaledInfluence',
  'newton2',
  'newton3',
] as const;
export type Estimator = (typeof ESTIMATORS)[number];

/**
 * One function f of the parameters.
 * `target` is the test row number ("54826"), "self" (selfLoss: the removed group itself),
 * "all" (meanTestLoss over every test row) or a slice such as "class=1" or "race=Other".
 */
export interface Evaluation {
  quantity: Quantity;
  target: string;
}

export const QUANTITY_TITLE: Record<Quantity, string> = {
  margin: 'Test margin',
  loss: 'Test loss',
  selfLoss: 'Self-loss',
  meanTestLoss: 'Mean test loss',
};

/** What is done to each group: its rows are left out, or have one more of their weight (each of them twice). */
export const INTERVENTIONS = ['remove', 'add'] as const;
export type Intervention = (typeof INTERVENTIONS)[number];

/** For axis titles: the effect of what is done to the group. */
export function effectAxis(quantity: Quantity, effect: Intervention | undefined): string {
  return interventionWords(QUANTITY_AXIS[quantity], effect);
}

/** Words about a removal, as words about what is done. */
export function interventionWords(text: string, effect: Intervention | undefined): string {
  if (effect !== 'add') return text;
  return text
    .replaceAll('the group is removed', 'the group is counted once more')
    .replaceAll('it is removed', 'it is counted once more')
    .replaceAll('removing the group raises', 'counting the group once more raises');
}

/** For axis titles: says the sign convention in words. */
export const QUANTITY_AXIS: Record<Quantity, string> = {
  margin: 'change of test margin when the group is removed',
  loss: 'change of test loss when the group is removed',
  selfLoss: 'change of the group’s own loss when it is removed',
  meanTestLoss: 'change of mean test loss when the group is removed',
};

export const ESTIMATOR_TITLE: Record<Estimator, string> = {
  influence: 'influence',
  newton: 'Newton',
  actual: 'actual',
  influenceOnParameters: 'influence on parameters',
  newtonLinear: 'linear Newton',
  secondOrder: 'second-order influence',
  rescaledInfluence: 'rescaled influence',
  newton2: 'two Newton steps',
  newton3: 'three Newton steps',
};

export const CONSTRUCTORS = [
  'random',
  'randomWithinClass',
  'sharedFeature',
  'featureClusters',
  'gradientClusters',
  'positiveInfluence',
  'negativeInfluence',
] as const;
export type ConstructorName = (typeof CONSTRUCTORS)[number];

/** `constructor` of a group: one of the seven, or natural (a column), file (row lists), manual (built by hand). */
export type GroupOrigin = ConstructorName | 'leaveOneOut' | 'natural' | 'file' | 'manual';

export const GROUP_ORIGIN_TITLE: Record<GroupOrigin, string> = {
  random: 'Random',
  randomWithinClass: 'Random within a class',
  sharedFeature: 'Shared feature value',
  featureClusters: 'Feature clusters',
  gradientClusters: 'Gradient clusters',
  positiveInfluence: 'Large positive influence',
  negativeInfluence: 'Large negative influence',
  leaveOneOut: 'Each row alone',
  natural: 'Natural (a column)',
  file: 'From a file',
  manual: 'Made by hand',
};
