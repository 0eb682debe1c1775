import { describe, expect, it } from 'vitest';
import { expectedGroups } from '../../src/main/groups/expected-groups.ts';
import { formGroups } from '../../src/main/groups/form-groups.ts';
import { CONSTRUCTORS } from '../../src/shared/quantities.ts';
import { parseStudySpec, type GroupSource } from '../../src/shared/study-spec.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import { exampleContext } from './example-context.ts';

const context = exampleContext({ n: 400, d: 4, classes: 3, testPoints: [3, 14, 15] });
const levels = context.design.classes;
const dataset: Dataset = {
  ...context.dataset,
  columns: [
    { kind: 'category', name: 'y', role: 'target', codes: context.design.train.y, levels },
    {
      kind: 'category',
      name: 'ward',
      role: 'group',
      codes: Int32Array.from({ length: 400 }, (_, row) => (row % 50 === 0 ? -1 : Math.floor(Math.sqrt(row)) % 7)),
      levels: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    },
  ],
};

const sourceOf = (groups: unknown): GroupSource => {
  const { groups: parsed } = parseStudySpec({ dataset: { id: 'x' }, groups });
  if (Array.isArray(parsed)) throw new Error('one source is wanted');
  return parsed;
};

const median = (sorted: number[]): number => {
  const middle = sorted.slice((sorted.length - 1) / 2, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((a, b) => a + b, 0) / middle.length;
};

const formed = (source: GroupSource) => formGroups([source], { ...context, dataset }, {});

function expectSizes(told: ReturnType<typeof expectedGroups>[number], sizes: number[]): void {
  const sorted = sizes.toSorted((a, b) => a - b);
  expect(told).toMatchObject({
    count: sizes.length,
    smallest: sorted[0],
    median: median(sorted),
    largest: sorted.at(-1),
  });
  expect(told.histogram.reduce((a, b) => a + b)).toBe(sizes.length);
}

describe('the groups a study will have', () => {
  it.each(CONSTRUCTORS)('are told for %s as they are formed', async (name) => {
    const source = sourceOf({ constructors: [name], sizes: { from: 0.01, to: 0.6, count: 30 } });
    const [told] = expectedGroups(source, dataset, 3);
    const sizes = (await formed(source)).map(({ members }) => members.length);
    if (told.atMost) expect(told.count).toBeGreaterThanOrEqual(sizes.length);
    else expectSizes(told, sizes);
  });

  it('are the values of a column, with their classes and what they cover', async () => {
    const source = sourceOf({ column: 'ward', minimumSize: 40 });
    const [told] = expectedGroups(source, dataset, 3);
    const groups = await formed(source);
    expectSizes(
      told,
      groups.map(({ members }) => members.length),
    );
    expect(told.covered).toBe(new Set(groups.flatMap(({ members }) => [...members])).size);
    for (const { label, size, classCounts } of told.named) {
      const { members } = groups.find((group) => group.label === label)!;
      expect(size).toBe(members.length);
      expect(classCounts).toEqual(
        levels.map((_, k) => [...members].filter((row) => context.design.train.y[row] === k).length),
      );
    }
  });

  it('are single rows, and row lists', async () => {
    const [alone] = expectedGroups({ leaveOneOut: { from: 10, to: 30 } }, dataset, 3);
    expect(alone).toMatchObject({ count: 20, smallest: 1, largest: 1, covered: 20 });
    const [lists] = expectedGroups(
      {
        members: [
          { id: 'a', rows: [1, 2] },
          { id: 'b', rows: [2, 3, 4] },
        ],
      },
      dataset,
      3,
    );
    expect(lists).toMatchObject({ count: 2, smallest: 2, largest: 3, covered: 4 });
  });

  it('are none where no value has enough rows', () => {
    const [told] = expectedGroups({ column: 'ward', minimumSize: 400 }, dataset, 3);
    expect(told).toMatchObject({ count: 0, largest: 0, covered: 0 });
  });
});
