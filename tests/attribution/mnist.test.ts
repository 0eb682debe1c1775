/** MNIST, 5,000 training and 500 test rows, every leave-one-out retrained: minutes, so only with LEVERAGE_SLOW=1. */
import { describe, expect, it } from 'vitest';
import { batchedRetrainer } from '../../src/main/attribution/batched-retrainer.ts';
import { agreementWithTruth } from '../../src/main/attribution/metrics/agreement-with-truth.ts';
import { linearDatamodelingScore } from '../../src/main/attribution/metrics/linear-datamodeling-score.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import { rowInfluence, solveFullHessian } from '../../src/main/estimators/influence-directions.ts';
import { createEvaluationSet } from '../../src/main/evaluation/evaluation-set.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { likelihoodModel } from '../../src/main/models/trainable/likelihood-model.ts';
import { isThere, problemOf, realDesign, someTargets } from './problems.ts';

const slow = process.env['LEVERAGE_SLOW'] === '1';
const why = !isThere('mnist') ? ' — skipped: ../shared/data/mnist is not there' : ' — with LEVERAGE_SLOW=1 only';

describe('influence on MNIST-5,000', () => {
  it.skipIf(!slow || !isThere('mnist'))(
    `has Pearson ≥ .99 with all leave-one-outs and a linear datamodeling score ≥ .80${slow && isThere('mnist') ? '' : why}`,
    { timeout: 3_600_000 },
    async () => {
      const design = await realDesign('mnist');
      const device = await openDevice('onnx-cpu');
      const fit = await fitModel(design, { l2: { relative: 1e-3 }, intercept: true }, device, { checkCancelled() {} });
      const model = await likelihoodModel(design, { lambda: fit.objective.lambda, intercept: true }, device);
      const targets = [
        ...someTargets(Array.from({ length: 20 }, (_, t) => 25 * t)).slice(0, -1),
        { label: 'all', rows: Int32Array.from(design.test.y.keys()) },
      ];
      const theta = fit.fitted.coefficients;
      const problem = await problemOf(model, {
        targets,
        trained: { theta, checkpoints: [], curve: [], converged: true, gradientNorm: fit.fitted.summary.gradientNorm },
      });
      const slices = targets.map(({ rows }, t) => ({ target: String(t), rows }));
      const evaluations = slices.map(({ target }) => ({ quantity: 'meanTestLoss' as const, target }));
      const set = await createEvaluationSet(fit, evaluations, slices);
      let begun = performance.now();
      const influence = await rowInfluence(fit, await solveFullHessian(fit, set.gradients, () => {}));
      const influenceSeconds = (performance.now() - begun) / 1000;
      const n = design.train.y.length;
      const retrainer = batchedRetrainer(fit);
      const groups = Array.from({ length: 60 }, (_, g) => openStream(g, 'mnist').sample(problem.points, n / 10));
      const actual = await retrainer.effects(problem, groups);
      const predicted = Float64Array.from(actual, (_, at) => {
        const row = Math.floor(at / groups.length) * n;
        return groups[at % groups.length].reduce((sum, i) => sum + influence[row + i], 0);
      });
      const single = 20 * groups.length;
      const { score } = linearDatamodelingScore(predicted.slice(0, single), actual.slice(0, single), 20, { seed: 0 });
      console.log(`influence ${influenceSeconds.toFixed(1)} s, LDS ${JSON.stringify(score)}`);
      begun = performance.now();
      const alone = await retrainer.effects(
        problem,
        Array.from(problem.points, (row) => Int32Array.of(row)),
      );
      const seconds = (performance.now() - begun) / 1000;
      const { pearson } = agreementWithTruth(influence.subarray(20 * n), alone.subarray(20 * n), { seed: 0 });
      console.log(`${n} leave-one-outs in ${seconds.toFixed(0)} s, Pearson ${JSON.stringify(pearson)}`);
      expect(score.estimate).toBeGreaterThanOrEqual(0.8);
      expect(pearson.estimate).toBeGreaterThanOrEqual(0.99);
    },
  );
});
