/** Influence of every training row on every test row, against one solve per pair, additivity and a full sort. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { readSample } from '../../src/main/datasets/index.ts';
import { solveFullHessian } from '../../src/main/estimators/influence-directions.ts';
import {
  influenceFactors,
  influenceTiles,
  type InfluenceFactors,
} from '../../src/main/estimators/pointwise-influence.ts';
import { addTile, emptyExtremes, emptySums } from '../../src/main/estimators/pointwise-summary.ts';
import { createEvaluationSet } from '../../src/main/evaluation/evaluation-set.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { ModelOnDevice } from '../../src/main/models/model-on-device.ts';
import { computeInfluences } from '../../src/main/studies/compute-influences.ts';
import { singleProduct, tileProduct } from '../../src/main/studies/influence-strips.ts';
import { toFailure } from '../../src/shared/errors.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import { withWeights } from './designs.ts';
import { control, effectsAround } from './engine.ts';
import { problem, randomDesign, randomRows, uniforms, type Problem } from './problems.ts';

const RUNS = { numRuns: 12 };

async function modelOf(p: Problem, device: Device): Promise<ModelOnDevice> {
  const design = randomDesign({ ...p, rows: Math.max(p.rows, 2 * p.classes) });
  const n = design.train.y.length;
  const weights = uniforms(p.seed, n).map((value) => 1.5 + value);
  const l2 = { absolute: 0.02 * n };
  return fitModel(withWeights(design, weights), { l2, intercept: p.intercept }, device, control);
}

/** testRows × trainRows, from tiles of a few training rows each. */
async function allPairs(factors: InfluenceFactors, device: Device): Promise<Float64Array> {
  const { trainRows, testRows } = factors;
  const out = new Float64Array(testRows * trainRows);
  for await (const tile of influenceTiles(factors, tileProduct(device), 0, testRows)) {
    for (let t = 0; t < tile.testRows; t++) {
      const row = tile.values.subarray(t * tile.trainRows, (t + 1) * tile.trainRows);
      out.set(row, (tile.testStart + t) * trainRows + tile.trainStart);
    }
  }
  return out;
}

describe.each(['onnx-cpu', 'onnx-cpu-float32', 'reference'])('influences of all pairs on %s', (name) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(name);
  });
  afterAll(() => device.dispose());

  it.each(['loss', 'margin'] as const)('are those of one solve per test row, of the %s', async (quantity) => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const model = await modelOf(quantity === 'margin' ? { ...p, classes: 2 } : p, device);
        const { trainRows, testRows, ...factors } = await influenceFactors(model, quantity, 'float64', () => {});
        const pairs = await allPairs({ trainRows, testRows, ...factors }, device);
        const targets = Array.from({ length: testRows }, (_, row) => ({ quantity, target: String(row) }));
        const set = await createEvaluationSet(model, targets, []);
        const directions = await solveFullHessian(model, set.gradients, control.checkCancelled);
        const q = factors.width;
        const single = singleProduct(device)
          ? await allPairs(await influenceFactors(model, quantity, 'float32', () => {}), device)
          : null;
        for (let i = 0; i < trainRows; i++) {
          const g = trainGradient(model, i);
          const size = Math.sqrt(inner(await solveFullHessian(model, g, control.checkCancelled), g));
          for (let t = 0; t < testRows; t++) {
            const direction = directions.subarray(t * q, (t + 1) * q);
            const naive = inner(direction, g);
            // Cauchy–Schwarz: what rounding is relative to.
            const scale = size * Math.sqrt(Math.max(0, inner(direction, set.gradients.subarray(t * q, (t + 1) * q))));
            const distance = Math.abs(pairs[t * trainRows + i] - naive);
            expect(distance).toBeLessThanOrEqual(1e-8 * Math.abs(naive) + 1e-11 * scale);
            if (single !== null) {
              expect(Math.abs(single[t * trainRows + i] - naive)).toBeLessThanOrEqual(1e-6 * scale);
            }
          }
        }
        model.dispose();
      }),
      RUNS,
    );
  });

  it('add up to the influence of a group', async () => {
    for (const classes of [2, 3]) {
      const model = await modelOf({ rows: 40, features: 4, classes, seed: 11, intercept: true }, device);
      const factors = await influenceFactors(model, 'loss', 'float64', () => {});
      const pairs = await allPairs(factors, device);
      const group = randomRows(3, 40, 9);
      const evaluations = [0, 4, 9].map((row) => ({ quantity: 'loss' as const, target: String(row) }));
      const { effects } = await effectsAround(model, { lambda: 0, intercept: true, groups: [group], evaluations });
      evaluations.forEach(({ target }, e) => {
        const sum = group.reduce((total, i) => total + pairs[Number(target) * 40 + i], 0);
        expect(Math.abs(sum - effects.influence[0][e])).toBeLessThan(1e-9 * Math.abs(sum) + 1e-12);
      });
      model.dispose();
    }
  });

  it('have no margin for three classes', async () => {
    const model = await modelOf({ rows: 20, features: 2, classes: 3, seed: 1, intercept: true }, device);
    await expect(influenceFactors(model, 'margin', 'float64', () => {})).rejects.toThrow('two classes');
    model.dispose();
  });
});

describe('the most extreme rows and the sums', () => {
  it('are those of a full sort, ties by row number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 1e6 }), (top, seed) => {
        const [testRows, trainRows, cut] = [5, 60, 37];
        // Coarse values, so that ties are many.
        const pairs = uniforms(seed, testRows * trainRows).map((value) => Math.round(10 * value));
        const extremes = emptyExtremes(testRows, trainRows, top);
        const sums = emptySums(trainRows, testRows);
        for (const [from, to] of [
          [0, cut],
          [cut, trainRows],
        ]) {
          const values = new Float64Array(testRows * (to - from));
          for (let t = 0; t < testRows; t++)
            values.set(pairs.subarray(t * trainRows + from, t * trainRows + to), t * (to - from));
          addTile({ testStart: 0, testRows, trainStart: from, trainRows: to - from, values }, extremes, sums);
        }
        for (let t = 0; t < testRows; t++) {
          const row = pairs.subarray(t * trainRows, (t + 1) * trainRows);
          const order = (sign: number) =>
            [...row.keys()].sort((a, b) => sign * (row[b] - row[a]) || a - b).slice(0, top);
          expect([...extremes.highest.subarray(t * top, (t + 1) * top)]).toEqual(order(1));
          expect([...extremes.lowest.subarray(t * top, (t + 1) * top)]).toEqual(order(-1));
          expect(extremes.highestValues[t * top]).toBe(Math.max(...row));
          expect(sums.test[t]).toBe(row.reduce((sum, value) => sum + value, 0));
          expect(sums.testSizes[t]).toBe(row.reduce((sum, value) => sum + Math.abs(value), 0));
        }
        for (let i = 0; i < trainRows; i++) {
          const column = Array.from({ length: testRows }, (_, t) => pairs[t * trainRows + i]);
          expect(sums.train[i]).toBe(column.reduce((sum, value) => sum + value, 0));
          expect(sums.trainSizes[i]).toBe(column.reduce((sum, value) => sum + Math.abs(value), 0));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keep every row where fewer are there than asked for', () => {
    const extremes = emptyExtremes(1, 2, 7);
    const tile = { testStart: 0, testRows: 1, trainStart: 0, trainRows: 2, values: Float64Array.of(3, -4) };
    addTile(tile, extremes, emptySums(2, 1));
    expect([...extremes.highest]).toEqual([0, 1]);
    expect([...extremes.lowest]).toEqual([1, 0]);
  });
});

describe('the influences of a study', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leverage-influences-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const samples = join(import.meta.dirname, '../../resources/samples');
  const request = async (out: string | null) => ({
    spec: parseStudySpec({ dataset: { sample: 'breast-cancer', standardise: true } }),
    dataset: await readSample('breast-cancer', samples),
    fit: null,
    quantity: 'loss' as const,
    top: 3,
    out,
    device: 'onnx-cpu',
  });

  it('are written as a NumPy file while they stream', async () => {
    const path = join(folder, 'pairs.npy');
    const { trainRows, testRows, ...result } = await computeInfluences(await request(path));
    expect(readdirSync(folder)).toEqual(['pairs.npy']);
    const bytes = readFileSync(path);
    const header = bytes.subarray(10, 10 + bytes.readUInt16LE(8)).toString('latin1');
    expect(header).toContain(`{'descr': '<f8', 'fortran_order': False, 'shape': (${testRows}, ${trainRows}), }`);
    expect((10 + header.length) % 64).toBe(0);
    const body = new Float64Array(Uint8Array.from(bytes.subarray(10 + header.length)).buffer);
    expect(body).toHaveLength(testRows * trainRows);
    for (const t of [0, testRows - 1]) {
      const row = body.subarray(t * trainRows, (t + 1) * trainRows);
      expect(result.highestValues[3 * t]).toBe(Math.max(...row));
      expect(row[result.lowest[3 * t + 2]]).toBe(result.lowestValues[3 * t + 2]);
      expect(result.test[t]).toBeCloseTo(
        row.reduce((sum, value) => sum + value, 0),
        10,
      );
    }
  });

  it('leave no file behind that could not be written', async () => {
    const failure = await computeInfluences(await request(join(folder, 'no', 'such.npy'))).then(() => null, toFailure);
    expect(failure).toMatchObject({ kind: 'storage' });
    expect(readdirSync(folder)).toEqual(['pairs.npy']);
  });
});

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, j) => sum + value * b[j], 0);
}

/** sᵢ∇ℓᵢ(θ̂) from the probabilities, spelled out. */
function trainGradient({ fitted, objective, matrices, weights }: ModelOnDevice, i: number): Float64Array {
  const { logits, placed } = objective;
  const p = placed.columns;
  const n = placed.rows;
  const label = fitted.design.train.y[i];
  const z = Array.from({ length: logits }, (_, k) => fitted.trainLogits[k * n + i]);
  const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
  const { train } = matrices;
  if (train.kind !== 'dense') throw new Error('dense');
  return Float64Array.from({ length: logits * p }, (_, at) => {
    const k = Math.floor(at / p);
    const probability = logits === 1 ? 1 / (1 + Math.exp(-z[0])) : Math.exp(z[k]) / total;
    const wanted = logits === 1 ? label : label === k ? 1 : 0;
    return weights[i] * (probability - wanted) * train.data[i * p + (at % p)];
  });
}
