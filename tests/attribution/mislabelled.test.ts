/** Labels flipped on real data: found by what a row does to the loss on held-out rows, and repaired. */
import { describe, expect, it } from 'vitest';
import { influence } from '../../src/main/attribution/estimators/influence.ts';
import { detectionArea, foundAfterInspecting } from '../../src/main/attribution/metrics/mislabel-detection.ts';
import { meanHeight, repairCurve } from '../../src/main/attribution/metrics/removal-curves.ts';
import { targetLosses } from '../../src/main/attribution/training-objective.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { isThere, problemOf, realDesign, regression, type RealData } from './problems.ts';

function flipped(design: Design, share: number): { design: Design; wrong: Float64Array; truth: Int32Array } {
  const truth = design.train.y;
  const K = design.classes.length;
  const stream = openStream(7, 'flips');
  const rows = stream.sample(Int32Array.from(truth.keys()), Math.round(share * truth.length));
  const y = truth.slice();
  const wrong = new Float64Array(truth.length);
  for (const row of rows) {
    y[row] = (y[row] + 1 + stream.below(K - 1)) % K;
    wrong[row] = 1;
  }
  return { design: { ...design, train: { ...design.train, y } }, wrong, truth };
}

describe.each<RealData>(['digits', 'spambase'])('a tenth of the labels flipped on %s', (name) => {
  const skipped = isThere(name) ? '' : ' — skipped: ../shared/data/spambase is not there';
  it.skipIf(!isThere(name))(
    `are found by influence on held-out loss, 80 % after inspecting 15 %, and repaired sooner than by loss or by chance${skipped}`,
    { timeout: 240_000 },
    async () => {
      const clean = await realDesign(name);
      const { design, wrong, truth } = flipped(clean, 0.1);
      const n = truth.length;
      const lambda = 1e-2 * n;
      const model = await regression(design, { lambda });
      // Ranked by one half of the test rows and judged by the other: a ranking must not know its judge.
      const half = (odd: number): Int32Array => Int32Array.from(design.test.y.keys()).filter((row) => row % 2 === odd);
      const problem = await problemOf(model, { targets: [{ label: 'held out', rows: half(0) }] });
      const { points, suspicion: self } = await influence({ solver: 'cholesky' })(problem);
      if (self === null) throw new Error('no self-influence');
      const suspicion = points.map((effect) => -effect);
      const losses = await model.losses(problem.trained.theta, 'train');
      const stream = openStream(1, 'chance');
      const chance = Float64Array.from(truth, () => stream.unit());
      const found = foundAfterInspecting(suspicion, wrong, 0.15);
      expect(found).toBeGreaterThanOrEqual(0.8);
      const testLoss = async (labels: Int32Array): Promise<number> => {
        const repaired = await regression({ ...design, train: { ...design.train, y: labels } }, { lambda });
        const { theta } = await repaired.train({ seed: 0, from: problem.trained.theta });
        repaired.dispose();
        return (await targetLosses(repaired, theta, [{ label: 'judge', rows: half(1) }]))[0];
      };
      const counts = [0, 0.03, 0.06, 0.1, 0.15].map((share) => Math.round(share * n));
      const heights: number[] = [];
      for (const ranking of [suspicion, losses, chance]) {
        heights.push(meanHeight(await repairCurve(ranking, counts, { given: design.train.y, truth }, testLoss)));
      }
      const by = (ranking: Float64Array): string =>
        `${(100 * foundAfterInspecting(ranking, wrong, 0.15)).toFixed(1)} % (AUC ${detectionArea(ranking, wrong).toFixed(4)})`;
      console.log(
        `${name}: found by influence ${by(suspicion)}, self-influence ${by(self)}, loss ${by(losses)}; test loss while repairing: influence ${heights[0].toFixed(4)}, loss ${heights[1].toFixed(4)}, chance ${heights[2].toFixed(4)}`,
      );
      expect(heights[0]).toBeLessThan(heights[1]);
      expect(heights[0]).toBeLessThan(heights[2]);
      model.dispose();
    },
  );
});
