/** Influence by its three solvers on real data, and the estimators that are exact for squared loss. */
import { describe, expect, it } from 'vitest';
import { influence } from '../../src/main/attribution/estimators/influence.ts';
import { newton } from '../../src/main/attribution/estimators/newton.ts';
import { rescaledInfluence, rescaledSteps } from '../../src/main/attribution/estimators/rescaled-influence.ts';
import { retraining } from '../../src/main/attribution/estimators/retraining.ts';
import { secondOrder } from '../../src/main/attribution/estimators/second-order.ts';
import { openInverse } from '../../src/main/attribution/inverse-hessian.ts';
import { norm, sum } from '../../src/main/attribution/solvers/vectors.ts';
import { weightsWithout } from '../../src/main/attribution/training-objective.ts';
import { ridgeModel } from '../../src/main/models/trainable/convex-model.ts';
import { pearson } from '../../src/shared/statistics.ts';
import { relativeDistance } from '../numerics/closeness.ts';
import { randomDesign } from '../numerics/problems.ts';
import { isThere, perceptron, problemOf, realDesign, regression, someTargets, type RealData } from './problems.ts';

const GROUPS = [Int32Array.of(3, 8, 20, 31), Int32Array.from({ length: 40 }, (_, i) => 2 * i)];

describe.each<RealData>(['breast-cancer', 'digits', 'spambase'])('influence on %s', (name) => {
  const there = isThere(name);
  const skipped = there ? '' : ' — skipped: ../shared/data/spambase is not there';
  it.skipIf(!there)(
    `is the same by Cholesky and CG to 1e-8, by LiSSA to 1 %${skipped}`,
    { timeout: 240_000 },
    async () => {
      const model = await regression(await realDesign(name));
      const problem = await problemOf(model, { groups: GROUPS, targets: someTargets([0, 1]) });
      const byFactor = await influence({ solver: 'cholesky' })(problem);
      const byGradients = await influence({ solver: 'cg', tolerance: 1e-13 })(problem);
      const error = (a: Float64Array, b: Float64Array): number => norm(sum(a, -1, b)) / norm(b);
      const said = [`CG ${error(byGradients.points, byFactor.points).toExponential(1)}`];
      // One scale takes as many iterations as the condition number times five: digits (6,400) would take minutes.
      for (const schedule of name === 'digits' ? (['chebyshev'] as const) : (['chebyshev', 'constant'] as const)) {
        const curve: number[] = [];
        const started = performance.now();
        const onResidual = ({ residual }: { residual: number }) => void curve.push(residual);
        const byLissa = await influence({ solver: 'lissa', schedule, onResidual })(problem);
        const seconds = (performance.now() - started) / 1000;
        const off = error(byLissa.points, byFactor.points);
        said.push(
          `LiSSA (${schedule}) ${off.toExponential(1)} after ${curve.length} iterations, ${seconds.toFixed(1)} s`,
        );
        expect(off).toBeLessThan(0.01);
        expect(curve.length).toBeGreaterThan(10);
      }
      console.log(`${name}: ${said.join('; ')}`);
      expect(error(byGradients.points, byFactor.points)).toBeLessThan(1e-8);
      expect(error(byGradients.groups, byFactor.groups)).toBeLessThan(1e-8);
      model.dispose();
    },
  );
});

describe('estimators around logistic regression', () => {
  const design = randomDesign({ rows: 60, features: 4, classes: 2, seed: 11 }, 20);
  const setting = async () => {
    const model = await regression(design, { lambda: 1 });
    return problemOf(model, { groups: [Int32Array.of(4, 9, 17, 30, 41), Int32Array.of(2)] });
  };

  it('come nearer to retraining from influence to second order to Newton to two Newton steps', async () => {
    const problem = await setting();
    const truth = (await retraining(problem)).groups;
    const estimates = [influence(), secondOrder(), newton(1), newton(2), newton(6)];
    const errors: number[] = [];
    for (const estimate of estimates) errors.push(norm(sum((await estimate(problem)).groups, -1, truth)));
    errors.slice(1).forEach((error, at) => expect(error).toBeLessThan(errors[at]));
    expect(errors[4]).toBeLessThan(1e-8 * norm(truth));
  });

  it('agree on a single row as a point and as a group', async () => {
    const problem = await setting();
    for (const estimate of [influence(), secondOrder(), newton(), rescaledInfluence(), retraining]) {
      const { points, groups } = await estimate(problem);
      problem.targets.forEach((_, t) => expect(groups[t * 2 + 1]).toBeCloseTo(points[t * 60 + 2], 12));
    }
  });

  it('have the signs and sizes of leave-one-out, rescaled influence closer than plain', async () => {
    const problem = await setting();
    const truth = (await retraining(problem)).points;
    const plain = (await influence()(problem)).points;
    const rescaled = (await rescaledInfluence()(problem)).points;
    expect(pearson(plain, truth)).toBeGreaterThan(0.99);
    expect(norm(sum(rescaled, -1, truth))).toBeLessThan(norm(sum(plain, -1, truth)));
  });
});

describe('ridge regression, the closed-form judge', () => {
  const design = randomDesign({ rows: 50, features: 5, classes: 2, seed: 3 }, 12);

  it('has Newton = retraining to 1e-10, for points and groups', async () => {
    const problem = await problemOf(ridgeModel(design, { lambda: 0.7, intercept: true }), {
      groups: [Int32Array.of(1, 7, 8, 30), Int32Array.of(0, 2, 4, 6, 8, 10, 12)],
    });
    const truth = await retraining(problem);
    const step = await newton()(problem);
    expect(relativeDistance(step.points, truth.points)).toBeLessThan(1e-10);
    expect(relativeDistance(step.groups, truth.groups)).toBeLessThan(1e-10);
  });

  it('has rescaled influence = exact leave-one-out of the parameters to 1e-10', async () => {
    const model = ridgeModel(design, { lambda: 0.7, intercept: true });
    const problem = await problemOf(model);
    const rows = Int32Array.of(0, 7, 19, 49);
    const steps = await rescaledSteps(problem, rows);
    for (const [at, row] of rows.entries()) {
      const weights = weightsWithout(model, Int32Array.of(row));
      const { theta } = await model.train({ seed: 0, weights });
      const step = steps.subarray(at * model.parameterCount, (at + 1) * model.parameterCount);
      expect(relativeDistance(step, sum(theta, -1, problem.trained.theta))).toBeLessThan(1e-10);
    }
  });
});

describe('the inverse Hessian of a network', () => {
  it('chooses its damping from the spectrum and says so', async () => {
    const design = randomDesign({ rows: 40, features: 4, classes: 3, seed: 8 });
    const problem = await problemOf(perceptron(design, [5], { lambda: 0 }));
    const inverse = await openInverse(problem, { form: 'hessian' });
    expect(inverse.damping).toBeGreaterThan(0);
    expect(inverse.notes.join()).toMatch(/Spectrum of the Hessian: .* damping/);
    const right = new Float64Array(problem.model.parameterCount).fill(1);
    expect((await inverse.solve(right)).every(Number.isFinite)).toBe(true);
  });
});
