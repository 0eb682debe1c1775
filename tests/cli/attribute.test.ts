import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/main/cli/main.ts';
import { fakeWorld } from './fake-world.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-attribute-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('leverage attribute', () => {
  it('measures methods against retraining and writes what it measured', { timeout: 60_000 }, async () => {
    const world = fakeWorld(folder);
    const words = ['attribute', 'breast-cancer', '--estimators', 'leaveOneOut,influence,hydra', '--points', '12'];
    words.push('--groups', '8', '--flip', '0.1', '--device', 'reference', '--out', 'found.json');
    expect(await runCommandLine(words, world)).toBe(0);
    const table = world.printed.join('\n');
    expect(table).toMatch(/Leave-one-out \(retrained\) .* 1\.000/);
    expect(table).toContain('HyDRA, exact: not run. Follows training steps');
    const found = JSON.parse(readFileSync(join(folder, 'found.json'), 'utf8'));
    expect(found.rows[1].points.pearson.estimate).toBeGreaterThan(0.9);
    expect(found.rows[1].groups.compared).toBe(8);
  });

  it(
    'takes a network from a file, and tells what does not fit in memory before it begins',
    { timeout: 60_000 },
    async () => {
      const training = { epochs: 3, batchSize: 64, device: 'float64' };
      const file = {
        dataset: { sample: 'breast-cancer', standardise: true },
        model: { kind: 'mlp', hidden: [4], training },
        estimators: ['tracin', 'hydraFast'],
        points: 5,
        groups: 3,
        memory: 1e-5,
      };
      writeFileSync(join(folder, 'attribution.json'), JSON.stringify(file));
      const world = fakeWorld(folder);
      expect(await runCommandLine(['attribute', 'attribution.json', '--points', '4'], world)).toBe(0);
      expect(world.printed.join('\n')).toMatch(/HyDRA, fast: not run\. .*would take .* more than/);
    },
  );

  it('names the field that is wrong', async () => {
    const world = fakeWorld(folder);
    expect(await runCommandLine(['attribute', 'digits', '--estimators', 'influnce'], world)).toBe(2);
    expect(world.said()).toContain('field "estimators.0"');
    expect(await runCommandLine(['attribute', 'digits', '--points', 'many'], world)).toBe(2);
  });
});
