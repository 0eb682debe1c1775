import { LeverageError } from '../../../shared/errors.ts';
import type { AttributionEstimator, AttributionProblem } from '../attribution.ts';
import { allRows, bySets, requireMemory } from '../attribution.ts';
import { addScaled, dot } from '../solvers/vectors.ts';
import { setGradient, targetGradients } from '../training-objective.ts';
import { requireSteps } from './tracin.ts';

/**
 * HyDRA (Chen et al. 2021): h = dθ/dε, ε a common factor 1 + ε on the weights of a set's rows, carried through the steps of
 * SGD with momentum and weight decay:
 *   a ← (1/|B|)[Σ_{j∈B} sⱼ∇²ℓⱼ h + Σ_{i∈B∩w} sᵢ∇ℓᵢ] + (penalty/n)∘h,   u ← μu + a,   h ← h − ηu;
 * the fast form leaves the Hessian product out. Removal is ε = −1: effect −∇fᵀh. Linear in the set, so that a group is
 * followed as one unit, by its own definition. Throws 'invalidInput' for Adam and for models without steps.
 */
export function hydra({ exact }: { exact: boolean }): AttributionEstimator {
  return async (problem) => {
    const effects = await bySets(problem, async (sets) => {
      const responses = await trainingResponses(problem, sets, exact);
      const gradients = await targetGradients(problem.model, problem.trained.theta, problem.targets);
      const out = new Float64Array(gradients.length * sets.length);
      gradients.forEach((gradient, t) => responses.forEach((h, g) => (out[t * sets.length + g] = -dot(gradient, h))));
      return out;
    });
    const notes = exact ? [] : ['The fast form leaves out how a row bends the later gradients.'];
    return { ...effects, groupRule: 'own', suspicion: null, suspicionRule: '', notes };
  };
}

/** dθ/dε of each set at the end of training: one vector of length q per set. */
export async function trainingResponses(
  problem: AttributionProblem,
  sets: readonly Int32Array[],
  exact: boolean,
): Promise<Float64Array[]> {
  const { model, seed, signal } = problem;
  const recipe = requireSteps(model, 'HyDRA');
  if (recipe.optimiser === 'adam') {
    throw new LeverageError('invalidInput', 'HyDRA follows SGD and momentum, not Adam.', 'Train with momentum.');
  }
  if (sets.length === 0) return [];
  const q = model.parameterCount;
  requireMemory(
    problem,
    16 * sets.length * q,
    'HyDRA keeps two vectors of parameters per row and',
    'Ask for fewer rows.',
  );
  const mu = recipe.optimiser === 'momentum' ? recipe.momentum : 0;
  const h = sets.map(() => new Float64Array(q));
  const u = sets.map(() => new Float64Array(q));
  const started = sets.map(() => false);
  const owners = ownersOf(sets, model.rows.train);
  const everyWeight = model.weights;
  await model.train({
    seed,
    signal,
    async onStep({ rows: batch, learningRate, theta }) {
      const batchWeights = Float64Array.from(batch, (row) => everyWeight[row] / batch.length);
      const inBatch = new Map<number, number[]>();
      for (const row of batch) for (const g of owners[row]) inBatch.set(g, [...(inBatch.get(g) ?? []), row]);
      for (let g = 0; g < sets.length; g++) {
        const own = inBatch.get(g);
        if (own === undefined && !started[g]) continue;
        const a = new Float64Array(q);
        if (started[g]) {
          if (exact) addScaled(a, 1, await model.curvatureProduct(theta, batch, batchWeights, h[g], 'hessian'));
          for (let j = 0; j < q; j++) a[j] += (model.penalty[j] / model.rows.train) * h[g][j];
        }
        if (own !== undefined) addScaled(a, 1 / batch.length, await setGradient(model, theta, Int32Array.from(own)));
        started[g] = true;
        for (let j = 0; j < q; j++) {
          u[g][j] = mu * u[g][j] + a[j];
          h[g][j] -= learningRate * u[g][j];
        }
      }
    },
  });
  return h;
}

/** Which sets each row belongs to. */
function ownersOf(sets: readonly Int32Array[], rows: number): number[][] {
  const owners: number[][] = Array.from(allRows(rows), () => []);
  sets.forEach((members, g) => members.forEach((row) => owners[row].push(g)));
  return owners;
}
