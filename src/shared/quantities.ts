/**
 * The vocabulary of effects (Koh et al. 2019, sections 2–3): what is measured
 * (quantity), on what (target) and by which method (estimator).
 *
 * Sign, everywhere: effect = f(θ̂ without the group) − f(θ̂). Positive means that
 * removing the group raises the quantity.
 */

export const QUANTITIES = ['margin', 'loss', 'selfLoss', 'meanTestLoss'] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const ESTIMATORS = ['influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear'] as const;
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
