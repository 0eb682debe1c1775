import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GROUP_CONSTRUCTORS } from '../../src/main/groups/constructors.ts';
import { formGroups } from '../../src/main/groups/form-groups.ts';
import { groupSizes, influencePhases } from '../../src/main/groups/group-sizes.ts';
import type { Group } from '../../src/shared/group.ts';
import { CONSTRUCTORS } from '../../src/shared/quantities.ts';
import type { ConstructorName } from '../../src/shared/quantities.ts';
import type { GroupSource } from '../../src/shared/study-spec.ts';
import { dense, exampleContext, normals, toSparse } from './example-context.ts';
import type { Example } from './example-context.ts';

function source(constructors: readonly ConstructorName[] = CONSTRUCTORS, seed = 0, count = 100): GroupSource {
  return { constructors: [...constructors], sizes: { from: 0.0025, to: 0.25, count }, seed };
}

function hashOf(groups: readonly Group[]): string {
  const hash = createHash('sha256');
  for (const group of groups) hash.update(`${group.id}\n${group.label}\n${group.members.join()}\n`);
  return hash.digest('hex').slice(0, 16);
}

function expectValid(groups: readonly Group[], n: number): void {
  for (const { id, members, parameters } of groups) {
    const ascending = members.every((row, i) => (i === 0 ? row >= 0 : row > members[i - 1]) && row < n);
    expect(ascending, id).toBe(true);
    expect(members.length, id).toBe(parameters['size']);
  }
  expect(new Set(groups.map(({ id }) => id)).size).toBe(groups.length);
}

describe('sizes', () => {
  it('are 100 integers from ⌊0.0025n⌋ to ⌊0.25n⌋', () => {
    const sizes = groupSizes(20_000, { from: 0.0025, to: 0.25, count: 100 });
    expect(sizes).toHaveLength(100);
    expect([sizes[0], sizes[1], sizes[98], sizes[99]]).toEqual([50, 100, 4950, 5000]);
  });

  it('are at least 1 and repeat when n is small', () => {
    const sizes = groupSizes(40, { from: 0.0025, to: 0.25, count: 100 });
    expect(sizes).toHaveLength(100);
    expect([...new Set(sizes)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(groupSizes(1, { from: 0.1, to: 0.9, count: 3 })).toEqual([1, 1, 1]);
  });

  it('do not lose a row to the rounding of share × n', () => {
    expect(groupSizes(100, { from: 0.29, to: 0.57, count: 2 })).toEqual([29, 57]);
  });

  it('make three phases of 33, 33 and 34 sizes up to 2.5 %, 10 % and 25 %, pools half as large again', () => {
    const n = 20_000;
    const phases = influencePhases(groupSizes(n, { from: 0.0025, to: 0.25, count: 100 }), n);
    expect(phases.map(({ sizes }) => sizes.length)).toEqual([33, 33, 34]);
    expect(phases.map(({ sizes }) => [sizes[0], sizes[sizes.length - 1]])).toEqual([
      [50, 500],
      [50, 2000],
      [50, 5000],
    ]);
    expect(phases.map(({ poolSize }) => poolSize)).toEqual([750, 3000, 7500]);
  });

  it('make as many influence groups as sizes, whatever the count', () => {
    for (const count of [1, 2, 3, 10]) {
      const phases = influencePhases(groupSizes(500, { from: 0.01, to: 0.2, count }), 500);
      expect(phases.reduce((sum, { sizes }) => sum + sizes.length, 0)).toBe(count);
    }
  });
});

describe('the seven constructors', () => {
  it('form 1,700 groups of the sizes asked for at n = 20,000', async () => {
    const n = 20_000;
    const coarse = normals(n * 3, 'coarse').map((value) => Math.round(value * 1.5));
    const context = {
      ...exampleContext({ n, d: 2, X: dense(n, 2, coarse.subarray(0, n * 2)) }),
      // Few distinct points: k-means in plain TypeScript ends soon.
      gradientFactors: async () => ({ residuals: coarse.subarray(n * 2), logits: 1, intercept: true }),
    };
    const groups = await formGroups([source()], context, {});
    expect(groups).toHaveLength(1700);
    const count = (name: ConstructorName): number => groups.filter(({ origin }) => origin === name).length;
    expect(CONSTRUCTORS.map(count)).toEqual([100, 100, 100, 100, 100, 600, 600]);
    expectValid(groups, n);
    for (const name of CONSTRUCTORS.slice(0, 5)) {
      const sizes = groups.filter(({ origin }) => origin === name).map(({ members }) => members.length);
      expect(sizes, name).toEqual([...context.sizes]);
    }
    expect(context.notes.filter((note) => note.includes('hierarchical'))).toHaveLength(2);
  });

  const small: Example = { n: 300, d: 5, classes: 3 };

  it('form the committed groups for a fixed seed', async () => {
    const groups = await formGroups([source(CONSTRUCTORS, 7)], exampleContext(small), {});
    expect(groups).toHaveLength(1700);
    expectValid(groups, 300);
    const hashes = CONSTRUCTORS.map((name) => hashOf(groups.filter(({ origin }) => origin === name)));
    expect(hashes).toMatchInlineSnapshot(`
      [
        "9a4cb9ce4fe49fdf",
        "5c47f6009773c1e4",
        "734b65e4936199a3",
        "cedaf1e641b7e4e5",
        "e0b7e1e4021a37cc",
        "71a153239ec660d5",
        "ba705be88958c6da",
      ]
    `);
  });

  it('form other groups for another seed', async () => {
    const one = await formGroups([source(CONSTRUCTORS, 7)], exampleContext(small), {});
    const other = await formGroups([source(CONSTRUCTORS, 8)], exampleContext(small), {});
    for (const name of CONSTRUCTORS) {
      const of = (groups: Group[]): string => hashOf(groups.filter(({ origin }) => origin === name));
      expect(of(one), name).not.toBe(of(other));
    }
  });

  it('form the same groups alone, in any order and with other test points beside', async () => {
    const all = await formGroups([source()], exampleContext(small), {});
    const reversed = await formGroups([source([...CONSTRUCTORS].reverse())], exampleContext(small), {});
    for (const name of CONSTRUCTORS) {
      const expected = hashOf(all.filter(({ origin }) => origin === name));
      expect(hashOf(await formGroups([source([name])], exampleContext(small), {})), name).toBe(expected);
      expect(hashOf(reversed.filter(({ origin }) => origin === name)), name).toBe(expected);
    }
    const fewer = await GROUP_CONSTRUCTORS.positiveInfluence(exampleContext({ ...small, testPoints: [92, 3] }));
    const of = (groups: Group[], testPoint: number): string[] =>
      groups.filter(({ parameters }) => parameters['testPoint'] === testPoint).map(({ members }) => members.join());
    for (const testPoint of [92, 3]) {
      expect(of(fewer, testPoint)).toEqual(
        of(await GROUP_CONSTRUCTORS.positiveInfluence(exampleContext(small)), testPoint),
      );
    }
  });

  it('form valid groups for any small data', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: -5, max: 2 ** 40 }),
        async (n, d, classes, seed) => {
          const context = exampleContext({ n, d, classes });
          const groups = await formGroups([source(CONSTRUCTORS, seed, 7)], context, {});
          expectValid(groups, n);
          expect(groups.filter(({ origin }) => origin === 'positiveInfluence')).toHaveLength(42);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('random', () => {
  it('draws every row equally often', async () => {
    const n = 40;
    const times = new Int32Array(n);
    for (let seed = 0; seed < 400; seed++) {
      for (const { members } of await GROUP_CONSTRUCTORS.random({
        ...exampleContext({ n, d: 1 }),
        sizes: [10],
        seed,
      })) {
        for (const row of members) times[row]++;
      }
    }
    // 400 draws of probability 1/4: mean 100, deviation 8.7; χ² over 39 degrees of freedom.
    const chiSquared = times.reduce((sum, count) => sum + (count - 100) ** 2 / 75, 0);
    expect(chiSquared).toBeLessThan(75);
    expect(chiSquared).toBeGreaterThan(15);
  });
});

describe('random within a class', () => {
  it('stays inside one class, named in the group', async () => {
    const context = exampleContext({ n: 300, d: 2, classes: 3 });
    const groups = await GROUP_CONSTRUCTORS.randomWithinClass(context);
    for (const { members, parameters } of groups) {
      expect(members.every((row) => String(context.design.train.y[row]) === parameters['class'])).toBe(true);
    }
    expect(new Set(groups.map(({ parameters }) => parameters['class']))).toEqual(new Set(['0', '1', '2']));
  });

  it('skips sizes that no class has, and says so once', async () => {
    const context = exampleContext({ n: 300, d: 2, classes: 10 });
    const counts = new Int32Array(10);
    for (const k of context.design.train.y) counts[k]++;
    const possible = context.sizes.filter((size) => size <= Math.max(...counts)).length;
    const groups = await GROUP_CONSTRUCTORS.randomWithinClass(context);
    expect(possible).toBeLessThan(100);
    expect(groups).toHaveLength(possible);
    expect(context.notes).toHaveLength(1);
    expect(context.notes[0]).toContain(`${100 - possible} of 100 sizes skipped`);
  });
});

describe('shared feature value', () => {
  it('takes a contiguous window of the sorted feature, ties by row', async () => {
    const n = 200;
    const values = normals(n * 3, 'ties').map((value, at) => (at % 3 === 0 ? Math.sign(value) : Math.round(value)));
    const context = exampleContext({ n, d: 3, X: dense(n, 3, values) });
    for (const { members, parameters } of await GROUP_CONSTRUCTORS.sharedFeature(context)) {
      const feature = Number(parameters['featureIndex']);
      const order = Array.from({ length: n }, (_, i) => i).sort(
        (a, b) => values[a * 3 + feature] - values[b * 3 + feature] || a - b,
      );
      const start = Math.min(...Array.from(members, (row) => order.indexOf(row)));
      const window = order.slice(start, start + members.length);
      expect([...members]).toEqual(window.sort((a, b) => a - b));
      const centre = order.indexOf(Number(parameters['centreRow']));
      expect(centre).toBeGreaterThanOrEqual(start);
      expect(centre).toBeLessThan(start + members.length);
    }
  });

  it('never picks a constant feature, dense or sparse, and gives no groups when all are', async () => {
    const n = 60;
    const values = normals(n * 4, 'constant').map((value, at) => (at % 4 === 0 ? 0 : at % 4 === 2 ? 7 : value));
    for (const X of [dense(n, 4, values), toSparse(dense(n, 4, values))]) {
      const groups = await GROUP_CONSTRUCTORS.sharedFeature(exampleContext({ n, d: 4, X }));
      expect(new Set(groups.map(({ parameters }) => parameters['featureIndex']))).toEqual(new Set([1, 3]));
    }
    const context = exampleContext({ n, d: 1, X: dense(n, 1, new Float64Array(n).fill(2)) });
    expect(await GROUP_CONSTRUCTORS.sharedFeature(context)).toEqual([]);
    expect(context.notes).toHaveLength(1);
  });
});

describe('large influence', () => {
  it('samples the tail of the ranking, of the right sign', async () => {
    const n = 400;
    const context = exampleContext({ n, d: 2, testPoints: [5] });
    const influence = await context.influenceOnLoss(5);
    const rank = (sign: number): number[] =>
      Array.from({ length: n }, (_, i) => i).sort((a, b) => sign * (influence[b] - influence[a]));
    for (const [name, sign] of [
      ['positiveInfluence', 1],
      ['negativeInfluence', -1],
    ] as const) {
      const groups = await GROUP_CONSTRUCTORS[name](context);
      expect(groups.map(({ parameters }) => parameters['phase']).filter((phase) => phase === 3)).toHaveLength(34);
      for (const { members, parameters } of groups) {
        const pool = new Set(rank(sign).slice(0, Number(parameters['poolSize'])));
        expect([...members].every((row) => pool.has(row))).toBe(true);
      }
      expect(groups[0].label).toBe(`${sign > 0 ? 'Positive' : 'Negative'} influence · test 5 · 0.25 %`);
    }
  });

  it('does not depend on the rounding of the influences, though many are equal', async () => {
    const n = 400;
    const tied = normals(n, 'tied').map((value) => Math.round(value * 3) / 7);
    const noise = normals(n, 'noise');
    const withInfluence = (influence: Float64Array) => ({
      ...exampleContext({ n, d: 1, testPoints: [1] }),
      influenceOnLoss: async () => influence,
    });
    const noisy = tied.map((value, i) => value * (1 + 1e-13 * noise[i]));
    expect(noisy.some((value, i) => value !== tied[i])).toBe(true);
    for (const name of ['positiveInfluence', 'negativeInfluence'] as const) {
      const exact = hashOf(await GROUP_CONSTRUCTORS[name](withInfluence(tied)));
      expect(hashOf(await GROUP_CONSTRUCTORS[name](withInfluence(noisy)))).toBe(exact);
    }
    // The ranking itself does depend on it, so the grid is what makes the groups equal.
    const order = (values: Float64Array): string =>
      Array.from({ length: n }, (_, i) => i)
        .sort((a, b) => values[b] - values[a] || a - b)
        .join();
    expect(order(noisy)).not.toBe(order(tied));
  });

  it('is left out, with a remark, when there are no test points', async () => {
    const context = exampleContext({ n: 50, d: 1, testPoints: [] });
    expect(await GROUP_CONSTRUCTORS.positiveInfluence(context)).toEqual([]);
    expect(context.notes).toHaveLength(1);
  });
});
