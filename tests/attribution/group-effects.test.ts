/** Second-order group influence and the search for the most influential group. */
import { describe, expect, it } from 'vitest';
import { influence } from '../../src/main/attribution/estimators/influence.ts';
import { newton } from '../../src/main/attribution/estimators/newton.ts';
import { retraining } from '../../src/main/attribution/estimators/retraining.ts';
import { secondOrder } from '../../src/main/attribution/estimators/second-order.ts';
import { mostInfluentialGroup } from '../../src/main/attribution/most-influential-group.ts';
import { norm, sum } from '../../src/main/attribution/solvers/vectors.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { pearson } from '../../src/shared/statistics.ts';
import { randomDesign } from '../numerics/problems.ts';
import { isThere, problemOf, realDesign, regression, someTargets, type RealData } from './problems.ts';

/** Coherent groups: the nearest rows of one class around a row of it, of 5 % to 25 % of the rows. */
function neighbourhoods({ train }: Design, count: number): Int32Array[] {
  const { X, y } = train;
  if (X.kind !== 'dense') throw new Error('dense');
  const { data, columns, rows } = X;
  return Array.from({ length: count }, (_, g) => {
    const centre = Math.floor((g * rows) / count);
    const size = Math.round(rows * (0.05 + (0.2 * ((g * 7) % count)) / count));
    const distance = (i: number): number => {
      let total = 0;
      for (let j = 0; j < columns; j++) total += (data[i * columns + j] - data[centre * columns + j]) ** 2;
      return total;
    };
    const same = Array.from({ length: rows }, (_, i) => i).filter((i) => y[i] === y[centre]);
    const far = new Map(same.map((i) => [i, distance(i)]));
    return Int32Array.from(same.sort((a, b) => (far.get(a) ?? 0) - (far.get(b) ?? 0)).slice(0, size)).sort();
  });
}

describe.each<RealData>(['breast-cancer', 'spambase'])('on large coherent groups of %s', (name) => {
  const skipped = isThere(name) ? '' : ' — skipped: ../shared/data/spambase is not there';
  it.skipIf(!isThere(name))(
    `second order is nearer to retraining than first order, and Newton than both${skipped}`,
    { timeout: 120_000 },
    async () => {
      const design = await realDesign(name);
      const model = await regression(design);
      const testRows = Array.from({ length: 40 }, (_, i) => i);
      const targets = someTargets(testRows).slice(-1);
      const groups = neighbourhoods(design, 24);
      const problem = await problemOf(model, { groups, targets, points: new Int32Array(0) });
      const truth = (await retraining(problem)).groups;
      const found = { first: influence(), second: secondOrder(), newton: newton() };
      const line: string[] = [];
      const errors: Record<string, number> = {};
      const correlations: Record<string, number> = {};
      for (const [title, estimate] of Object.entries(found)) {
        const { groups: values } = await estimate(problem);
        errors[title] = norm(sum(values, -1, truth)) / norm(truth);
        correlations[title] = pearson(values, truth);
        line.push(`${title} r ${correlations[title].toFixed(3)} error ${errors[title].toFixed(3)}`);
      }
      console.log(`${name}, 24 groups of 5–25 %: ${line.join('; ')}`);
      expect(correlations['second']).toBeGreaterThan(correlations['first']);
      expect(errors['second']).toBeLessThan(errors['first']);
      expect(errors['newton']).toBeLessThan(errors['second']);
      model.dispose();
    },
  );
});

describe('the most influential group', () => {
  const design = randomDesign({ rows: 14, features: 3, classes: 2, seed: 5 });

  it.each(['helpful', 'harmful'] as const)('of three rows is that of all, tried one by one (%s)', async (direction) => {
    const model = await regression(design, { lambda: 0.4 });
    const problem = await problemOf(model, { groups: triples(14) });
    const { groups } = await secondOrder()(problem);
    const effects = Array.from(groups.subarray(0, problem.groups.length));
    const best = direction === 'helpful' ? Math.max(...effects) : Math.min(...effects);
    const found = await mostInfluentialGroup(problem, { target: 0, size: 3, direction });
    expect(found.effect).toBeCloseTo(best, 8);
    expect([...found.members]).toEqual([...problem.groups[effects.indexOf(best)]]);
    model.dispose();
  });
});

function triples(n: number): Int32Array[] {
  const out: Int32Array[] = [];
  for (let a = 0; a < n; a++)
    for (let b = a + 1; b < n; b++) for (let c = b + 1; c < n; c++) out.push(Int32Array.of(a, b, c));
  return out;
}
