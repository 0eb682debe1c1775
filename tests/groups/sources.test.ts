import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formGroups } from '../../src/main/groups/form-groups.ts';
import { readGroupsFile } from '../../src/main/groups/groups-file.ts';
import { handMadeGroups } from '../../src/main/groups/hand-made-groups.ts';
import { leaveOneOutGroups, leftOutRows } from '../../src/main/groups/leave-one-out.ts';
import { naturalGroups } from '../../src/main/groups/natural-groups.ts';
import { chooseTestPoints } from '../../src/main/groups/test-points.ts';
import type { CategoryColumn, Column, NumberColumn } from '../../src/shared/dataset.ts';
import { toFailure } from '../../src/shared/errors.ts';
import type { Failure } from '../../src/shared/errors.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import { exampleContext } from './example-context.ts';

async function failureOf(work: () => unknown): Promise<Failure> {
  try {
    await work();
  } catch (error) {
    return toFailure(error);
  }
  throw new Error('expected a failure');
}

const race: CategoryColumn = {
  kind: 'category',
  name: 'race',
  role: 'group',
  codes: Int32Array.of(1, 0, 1, -1, 1, 2, 2),
  levels: ['A', 'B', 'C', 'D'],
};
const hospital: NumberColumn = {
  kind: 'number',
  name: 'hospital',
  role: 'id',
  values: Float64Array.of(10, 9, 10, Number.NaN, -3, 7, 7.5),
};

describe('natural groups', () => {
  it('are one per level that occurs among the training rows, missing rows in none', () => {
    const groups = naturalGroups(race, 5);
    expect(groups.map(({ id, members }) => [id, [...members]])).toEqual([
      ['race=A', [1]],
      ['race=B', [0, 2, 4]],
    ]);
    expect(groups[1]).toMatchObject({
      origin: 'natural',
      label: 'race = B',
      parameters: { column: 'race', value: 'B', size: 3 },
    });
  });

  it('leave out values with fewer rows than the minimum', () => {
    expect(naturalGroups(race, 5, { minimumSize: 2 }).map(({ id }) => id)).toEqual(['race=B']);
  });

  it('of whole numbers come in the order of the numbers', () => {
    expect(naturalGroups(hospital, 6).map(({ id, members }) => [id, [...members]])).toEqual([
      ['hospital=-3', [4]],
      ['hospital=7', [5]],
      ['hospital=9', [1]],
      ['hospital=10', [0, 2]],
    ]);
  });

  it('are refused for a column with fractions, naming the value and row', async () => {
    const failure = await failureOf(() => naturalGroups(hospital, 7));
    expect(failure).toMatchObject({ kind: 'invalidInput' });
    expect(failure.message).toContain('"hospital"');
    expect(failure.message).toContain('7.5 in training row 6');
  });
});

describe('a groups file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leverage-groups-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function write(content: unknown): Promise<string> {
    const path = join(folder, 'groups.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  it('is read as the study format says, members brought into order', async () => {
    const path = await write([
      { id: 'g1', constructor: 'natural', label: 'worker 17', members: [9, 0, 5] },
      { id: 'g2', members: [] },
      { id: 'g3', constructor: 'random', members: [5], parameters: { size: 1, feature: null } },
    ]);
    expect(await readGroupsFile(path, 10)).toEqual([
      { id: 'g1', origin: 'natural', label: 'worker 17', members: Int32Array.of(0, 5, 9), parameters: { size: 3 } },
      { id: 'g2', origin: 'file', label: 'g2', members: new Int32Array(0), parameters: { size: 0 } },
      { id: 'g3', origin: 'random', label: 'g3', members: Int32Array.of(5), parameters: { size: 1, feature: null } },
    ]);
  });

  it.each([
    ['a row out of range', [{ id: 'a', members: [1, 10] }], 'group 0 ("a"): members[1] is 10'],
    ['a negative row', [{ id: 'a', members: [-1] }], 'members[0] is -1'],
    ['a fraction', [{ id: 'a', members: [0.5] }], 'members[0] is 0.5'],
    ['a repeated row', [{ id: 'a', members: [4, 2, 4] }], 'members[2] repeats row 4, already at members[0]'],
    [
      'a repeated id',
      [
        { id: 'a', members: [] },
        { id: 'b', members: [] },
        { id: 'a', members: [] },
      ],
      'groups 0 and 2 have the same id "a"',
    ],
    ['an unknown field', [{ id: 'a', members: [], rows: [] }], 'group 0: "rows" is not a known field'],
    ['an unknown constructor', [{ id: 'a', members: [], constructor: 'magic' }], 'group 0 field "constructor"'],
    ['a missing id', [{ members: [] }], 'group 0 field "id"'],
    ['a row that is text', [{ id: 'a', members: [0, '1'] }], 'group 0 field "members.1"'],
    ['a group that is a number', [7], 'group 0'],
    ['an object', { id: 'a', members: [] }, 'groups.json: '],
    ['text that is not JSON', '[{', 'groups.json is not JSON'],
  ])('with %s is refused by a sentence', async (_, content, sentence) => {
    const path = await write(content);
    const failure = await failureOf(() => readGroupsFile(path, 10));
    expect(failure.kind).toBe('invalidInput');
    expect(failure.message).toContain('groups.json');
    expect(failure.message).toContain(sentence);
    expect(failure.hint).not.toBe('');
  });

  it('that is not there is not found', async () => {
    const failure = await failureOf(() => readGroupsFile(join(folder, 'absent.json'), 10));
    expect(failure.kind).toBe('notFound');
    expect(failure.message).toContain('absent.json');
  });

  it('either reads or fails as a sentence, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
        const path = await write(text);
        try {
          await readGroupsFile(path, 10);
        } catch (error) {
          expect(toFailure(error).kind).toBe('invalidInput');
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('hand-made groups', () => {
  it('keep their id and label and may be empty', () => {
    expect(
      handMadeGroups(
        [
          { id: 'a', rows: [3, 1] },
          { id: 'b', label: 'nothing', rows: [] },
        ],
        4,
      ),
    ).toEqual([
      { id: 'a', origin: 'manual', label: 'a', members: Int32Array.of(1, 3), parameters: { size: 2 } },
      { id: 'b', origin: 'manual', label: 'nothing', members: new Int32Array(0), parameters: { size: 0 } },
    ]);
  });

  it('are refused with a row that is not there, or one id twice', async () => {
    expect((await failureOf(() => handMadeGroups([{ id: 'a', rows: [4] }], 4))).message).toContain('members[0] is 4');
    const twice = [
      { id: 'a', rows: [] },
      { id: 'a', rows: [] },
    ];
    expect((await failureOf(() => handMadeGroups(twice, 4))).message).toContain('same id "a"');
  });
});

describe('each row alone', () => {
  it('is one group per training row, in row order', () => {
    expect(leaveOneOutGroups(true, 3)).toEqual(
      [0, 1, 2].map((row) => ({
        id: `row-${row}`,
        origin: 'leaveOneOut',
        label: `row ${row}`,
        members: Int32Array.of(row),
        parameters: { row },
      })),
    );
  });

  it('may be a range, its end left out', () => {
    expect(leaveOneOutGroups({ from: 2, to: 4 }, 9).map(({ id }) => id)).toEqual(['row-2', 'row-3']);
    expect(leaveOneOutGroups({ from: 7 }, 9).map(({ id }) => id)).toEqual(['row-7', 'row-8']);
    expect(leftOutRows({ from: 7 }, 9)).toEqual({ first: 7, count: 2 });
  });

  it.each([
    ['an empty range', { from: 3, to: 3 }],
    ['a range that begins after the last row', { from: 9 }],
    ['a range that ends after the last row', { from: 0, to: 10 }],
  ])('is refused for %s', async (_, range) => {
    const failure = await failureOf(() => leaveOneOutGroups(range, 9));
    expect(failure).toMatchObject({ kind: 'invalidInput' });
    expect(failure.hint).toContain('from 0 to 8');
  });

  it('is what a study file may ask for', async () => {
    const asked = (groups: unknown) => parseStudySpec({ dataset: { sample: 'digits' }, groups }).groups;
    expect(asked({ leaveOneOut: true })).toEqual({ leaveOneOut: true });
    expect(asked({ leaveOneOut: { to: 5 } })).toEqual({ leaveOneOut: { from: 0, to: 5 } });
    expect((await failureOf(() => asked({ leaveOneOut: false }))).message).toContain('groups.leaveOneOut');
    expect((await failureOf(() => asked({ leaveOneOut: { until: 5 } }))).message).toContain('until');
  });
});

describe('forming the groups of a study', () => {
  const context = (columns: Column[] = []) => {
    const example = exampleContext({ n: 6, d: 2 });
    return { ...example, dataset: { ...example.dataset, columns } };
  };

  it('takes the sources in order and keeps ids unique', async () => {
    const forming = context([race]);
    const file = naturalGroups(race, 5);
    const random = { constructors: ['random' as const], sizes: { from: 0.1, to: 0.5, count: 2 } };
    const groups = await formGroups(
      [
        { ...random, seed: 0 },
        { column: 'race', minimumSize: 3 },
        { file: 'groups.json' },
        { ...random, seed: 1 },
        { members: [{ id: 'random-001-2', rows: [0] }] },
        { leaveOneOut: { from: 4, to: 6 } },
      ],
      forming,
      { 2: file },
    );
    const ids = groups.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([
      'random-001',
      'random-002',
      'race=B',
      'race=A',
      'race=B-2',
      'random-001-3',
      'random-002-2',
      'random-001-2',
      'row-4',
      'row-5',
    ]);
    expect(forming.notes).toHaveLength(1);
  });

  it('computes the influence on a test point once for both signs', async () => {
    const asked: number[] = [];
    const example = exampleContext({ n: 50, d: 2, testPoints: [4, 8] });
    await formGroups(
      [{ constructors: ['negativeInfluence', 'positiveInfluence'], sizes: { from: 0.1, to: 0.5, count: 4 }, seed: 0 }],
      {
        ...example,
        influenceOnLoss: async (row) => {
          asked.push(row);
          return example.influenceOnLoss(row);
        },
      },
      {},
    );
    expect(asked).toEqual([4, 8]);
  });

  it('refuses a column that is not there, naming those that are', async () => {
    const failure = await failureOf(() => formGroups([{ column: 'rice' }], context([race, hospital]), {}));
    expect(failure).toMatchObject({ kind: 'invalidInput', hint: 'Its columns are "race", "hospital".' });
    expect(failure.message).toContain('"rice"');
  });

  it('refuses to form no groups at all', async () => {
    const forming = context([race]);
    const failure = await failureOf(() => formGroups([{ column: 'race', minimumSize: 5 }], forming, {}));
    expect(failure.kind).toBe('invalidInput');
    expect(forming.notes).toEqual(['Column "race": no value has at least 5 training rows.']);
  });

  it('stops between constructors when the run is cancelled', async () => {
    const cancelled = {
      ...context(),
      checkCancelled: () => {
        throw new Error('stopped');
      },
    };
    await expect(formGroups([{ column: 'race' }], cancelled, {})).rejects.toThrow('stopped');
  });
});

describe('test points', () => {
  const loss = Float64Array.of(0.1, 5, 0.3, 5, 2, 0.2, 0.1, 4);

  it('are those of highest loss, ties by row, then distinct others', () => {
    const points = chooseTestPoints({ highestLoss: 3, random: 3 }, loss, 0);
    expect(points.slice(0, 3)).toEqual([1, 3, 7]);
    expect(new Set(points).size).toBe(6);
    expect(chooseTestPoints({ highestLoss: 3, random: 3 }, loss, 0)).toEqual(points);
    const others = new Set<string>();
    for (let seed = 0; seed < 20; seed++)
      others.add(chooseTestPoints({ highestLoss: 3, random: 3 }, loss, seed).join());
    expect(others.size).toBeGreaterThan(5);
  });

  it('do not depend on the rounding of equal losses', () => {
    const noisy = loss.map((value, i) => value * (1 + (i - 3) * 1e-15));
    expect(noisy[3]).not.toBe(noisy[1]);
    expect(chooseTestPoints({ highestLoss: 2, random: 0 }, noisy, 0)).toEqual([1, 3]);
    const lower = Float64Array.from(loss);
    lower[1] -= 1e-15;
    expect(chooseTestPoints({ highestLoss: 1, random: 0 }, lower, 0)).toEqual([1]);
  });

  it('are all test rows when fewer than asked for', () => {
    const points = chooseTestPoints({ highestLoss: 3, random: 30 }, loss, 1);
    expect([...points].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(chooseTestPoints({ highestLoss: 3, random: 3 }, new Float64Array(0), 0)).toEqual([]);
  });

  it('can be named, and are refused by field when they do not exist or repeat', async () => {
    expect(chooseTestPoints({ rows: [7, 0] }, loss, 0)).toEqual([7, 0]);
    const outside = await failureOf(() => chooseTestPoints({ rows: [0, 8] }, loss, 0));
    expect(outside).toMatchObject({ kind: 'invalidInput', hint: 'Test rows are numbered from 0 to 7.' });
    expect(outside.message).toBe('evaluate.testPoints.rows[1] is 8, which is no test row.');
    const twice = await failureOf(() => chooseTestPoints({ rows: [2, 2] }, loss, 0));
    expect(twice.message).toContain('repeats test row 2');
  });
});
