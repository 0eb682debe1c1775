import { describe, expect, it } from 'vitest';
import {
  proximalResponse,
  RESPONSE_TERMS,
  responseSplits,
  responseTerms,
  type ResponseSplit,
} from '../../src/main/attribution/response-split.ts';
import { ridgeModel } from '../../src/main/models/trainable/convex-model.ts';
import { randomDesign } from '../numerics/problems.ts';
import { perceptron, problemOf, regression } from './problems.ts';

const two = randomDesign({ rows: 40, features: 4, classes: 2, seed: 41 });
const three = randomDesign({ rows: 40, features: 4, classes: 3, seed: 42 });
const SETS = [Int32Array.of(4), Int32Array.of(1, 9, 20, 33)];

function addUp(split: ResponseSplit): void {
  const terms = responseTerms(split);
  split.cold.forEach((cold, t) => {
    const total = RESPONSE_TERMS.reduce((sum, term) => sum + terms[term][t], 0);
    expect(Math.abs(total - (cold - split.solved[t]))).toBeLessThan(1e-14);
  });
}

const size = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe('leave-one-out − influence, in five terms', () => {
  it.each([
    ['two classes', two],
    ['three classes', three],
  ])('is linearisation alone on logistic regression of %s with matched λ', async (_, design) => {
    const model = await regression(design, { lambda: 1 });
    for (const split of await responseSplits(await problemOf(model), SETS)) {
      addUp(split);
      expect(split.converged).toBe(true);
      const terms = responseTerms(split);
      const whole = size(split.cold);
      for (const term of ['warmStart', 'proximity', 'nonConvergence', 'solverError'] as const) {
        expect(size(terms[term])).toBeLessThan(1e-6 * whole);
      }
      expect(size(terms.linearisation)).toBeGreaterThan(1e-3 * whole);
    }
    model.dispose();
  });

  it('has a proximity term once there is damping, and a solver term once the solver is coarse', async () => {
    const problem = await problemOf(await regression(two, { lambda: 1 }));
    const [split] = await responseSplits(problem, SETS, { damping: 2, solver: { solver: 'cg', tolerance: 0.2 } });
    addUp(split);
    const terms = responseTerms(split);
    expect(size(terms.proximity)).toBeGreaterThan(1e-2 * size(split.cold));
    expect(size(terms.solverError)).toBeGreaterThan(1e-3 * size(split.cold));
    for (const term of ['warmStart', 'nonConvergence'] as const) {
      expect(size(terms[term])).toBeLessThan(1e-6 * size(split.cold));
    }
  });

  it('adds up on a network that has not converged, where every term is there', async () => {
    const problem = await problemOf(perceptron(three, [5], { epochs: 3 }));
    for (const split of await responseSplits(problem, SETS, {
      damping: 0.5,
      solver: { solver: 'cg', tolerance: 0.1 },
    })) {
      addUp(split);
      const terms = responseTerms(split);
      for (const term of RESPONSE_TERMS) expect(size(terms[term])).toBeGreaterThan(1e-8);
    }
  });
});

describe('the proximal Bregman response', () => {
  it('of ridge regression is its retraining', async () => {
    const model = ridgeModel(two, { lambda: 1, intercept: true });
    const problem = await problemOf(model, { points: SETS[0], groups: SETS.slice(1) });
    const { points, groups } = await proximalResponse({ tolerance: 1e-11 })(problem);
    const [one, several] = await responseSplits(problem, SETS, { tolerance: 1e-11 });
    problem.targets.forEach((_, t) => {
      expect(points[t]).toBeCloseTo(one.cold[t], 10);
      expect(groups[t]).toBeCloseTo(several.cold[t], 10);
    });
  });
});
