/** What the two influence constructors share: three phases of sizes, each sampled from the tail of the ranking. */
import type { Group } from '../../shared/group.ts';
import type { GroupContext } from './group-context.ts';
import { groupId, groupLabel } from './group-naming.ts';
import { influencePhases } from './group-sizes.ts';
import { openStream } from './random-stream.ts';
import { toGrid } from './rounding-grid.ts';

/**
 * For each test point and phase: the pool = the 1.5 × (largest size of the phase) training rows of most
 * positive (sign +1) or most negative (−1) influence on the test loss; for each size, that many of the pool
 * uniformly. Influences are compared on a common grid, ties by row number, and the pool is sampled in row
 * order, so that rounding within the ranking changes nothing.
 */
export async function influenceGroups(
  context: GroupContext,
  constructor: 'positiveInfluence' | 'negativeInfluence',
  sign: 1 | -1,
): Promise<Group[]> {
  const n = context.design.train.X.rows;
  const title = sign > 0 ? 'Positive influence' : 'Negative influence';
  const phases = influencePhases(context.sizes, n);
  const total = context.testPoints.length * context.sizes.length;
  const groups: Group[] = [];
  if (context.testPoints.length === 0) context.note(`${title}: left out, because the study has no test points.`);
  for (const testRow of context.testPoints) {
    context.checkCancelled();
    const ranking = mostExtreme(toGrid(await context.influenceOnLoss(testRow)), sign);
    const stream = openStream(context.seed, constructor, testRow);
    phases.forEach(({ sizes, poolSize }, phase) => {
      const pool = ranking.slice(0, poolSize).sort();
      for (const size of sizes) {
        groups.push({
          id: groupId(constructor, groups.length, total),
          origin: constructor,
          label: groupLabel([title, `test ${testRow}`], size, n),
          members: stream.sample(pool, size),
          parameters: { size, testPoint: testRow, phase: phase + 1, poolSize },
        });
      }
    });
  }
  return groups;
}

/** Rows by sign · influence, descending, ties by row number. An undefined influence comes last. */
function mostExtreme(influence: Float64Array, sign: 1 | -1): Int32Array {
  const key = influence.map((value) => (Number.isNaN(value) ? Infinity : -sign * value));
  return Int32Array.from(key, (_, row) => row).sort((a, b) => (key[a] < key[b] ? -1 : key[a] > key[b] ? 1 : a - b));
}
