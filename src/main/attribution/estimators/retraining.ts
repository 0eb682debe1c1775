import type { AttributionEstimator, Retrainer } from '../attribution.ts';
import { bySets, checkCancelled } from '../attribution.ts';
import { effectsOfMoves, weightsWithout } from '../training-objective.ts';

/**
 * The truth: f(θ̂(1 − w)) − f(θ̂), the model trained again without the rows. Leave-one-out for points, leave-group-out
 * for groups, each its own definition.
 */
export const retraining: AttributionEstimator = async (problem) => {
  const retrainer = problem.retrainer ?? trainAgain;
  return {
    ...(await bySets(problem, (sets) => retrainer.effects(problem, sets))),
    groupRule: 'own',
    suspicion: null,
    suspicionRule: '',
    notes: [retrainer.description],
  };
};

/**
 * Trains from the same initialisation and order of the rows (linear models: from θ̂, to their one optimum), so that
 * the removal is the only difference.
 */
export const trainAgain: Retrainer = {
  description: 'Each removal trained again with the same seed.',
  effects: (problem, sets) => {
    const { model, trained, seed, signal } = problem;
    return effectsOfMoves(problem, sets, async (members) => {
      checkCancelled(problem);
      const weights = weightsWithout(model, members);
      const from = model.recipe === null ? trained.theta : undefined;
      return (await model.train({ weights, seed, from, signal })).theta;
    });
  },
};
