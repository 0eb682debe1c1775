import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/main/cli/main.ts';
import type { PointInfluences } from '../../src/shared/study.ts';
import { fakeEngine, fakeWorld } from './fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'leverage-influences-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two test rows, three training rows, two kept at each end. */
const FOUND: PointInfluences = {
  trainRows: 3,
  testRows: 2,
  precision: 'float64',
  device: 'Test device',
  seconds: 1.5,
  top: 2,
  highest: Int32Array.of(1, 0, 2, 1),
  highestValues: Float64Array.of(5, 1, 8, -1),
  lowest: Int32Array.of(2, 0, 0, 1),
  lowestValues: Float64Array.of(-4, 1, -6, -1),
  train: Float64Array.of(-5, 4, 4),
  trainSizes: Float64Array.of(7, 6, 12),
  test: Float64Array.of(2, 1),
  testSizes: Float64Array.of(10, 15),
  testPoints: [1],
};

function world() {
  const engine = fakeEngine({
    'studies.list': () => [{ id: 'abcdef12', name: 's' }],
    'studies.influences': () => FOUND,
  });
  return { engine, world: fakeWorld(folder, engine) };
}

describe('the command "influences"', () => {
  it('asks for all pairs of a stored study and tells the most influential rows', async () => {
    const { engine, world: here } = world();
    expect(await runCommandLine(['influences', 'abcd', '--top', '2', '--out', 'a.npy', '--json'], here)).toBe(0);
    expect(engine.calls.at(-1)).toEqual({
      method: 'studies.influences',
      input: { id: 'abcdef12', quantity: 'loss', top: 2, out: join(folder, 'a.npy') },
    });
    expect(JSON.parse(here.printed.at(-1) ?? '')).toMatchObject({
      quantity: 'loss',
      largest: [
        { row: 2, meanSize: 6, mean: 2 },
        { row: 0, meanSize: 3.5, mean: -2.5 },
      ],
      testPoints: [
        { row: 1, helpful: [{ row: 2, influence: 8 }, { row: 1 }], harmful: [{ row: 0, influence: -6 }, { row: 1 }] },
      ],
    });
  });

  it('calls the rows without which a margin falls the helpful ones', async () => {
    const { world: here } = world();
    const tops = join(folder, 'tops.csv');
    expect(await runCommandLine(['influences', 'abcd', '--quantity', 'margin', '--tops', 'tops.csv'], here)).toBe(0);
    expect(readFileSync(tops, 'utf8').split('\n').slice(0, 4)).toEqual([
      'test,side,rank,train,influence',
      '0,helpful,1,2,-4',
      '0,helpful,2,0,1',
      '0,harmful,1,1,5',
    ]);
  });

  it.each([
    [['--top', '0'], '--top: "0"'],
    [['--top', 'many'], '--top: "many"'],
    [['--quantity', 'selfLoss'], '--quantity: "selfLoss"'],
  ])('refuses %j', async (options, words) => {
    const { world: here } = world();
    expect(await runCommandLine(['influences', 'abcd', ...options], here)).toBe(2);
    expect(here.said()).toContain(words);
  });
});
