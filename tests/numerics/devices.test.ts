/** Every device of this machine against plain formulas written here, on random problems. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEVICE_NAMES, listDevices, openDevice } from '../../src/main/compute/index.ts';
import type { Device, PlacedMatrix } from '../../src/main/compute/device.ts';
import { denseData } from './designs.ts';
import { problem, randomDesign, uniforms, type Problem } from './problems.ts';

/** float64: rounding of sums of at most 60 terms. float32: its epsilon, times the same. */
const TOLERANCE = { float64: 2e-13, float32: 2e-5 } as const;
const RUNS = { numRuns: 40 };

/** Everything a device is asked for one problem; sizes kept small so that a property shrinks to something readable. */
interface Setting extends Problem {
  L: number;
  groups: number;
  /** Size of the logits at θ̂ and of the step away from them. */
  reach: number;
  step: number;
}

const setting: fc.Arbitrary<Setting> = fc
  .tuple(
    problem,
    fc.integer({ min: 1, max: 4 }),
    fc.constantFrom(1, 8, 40, 900),
    fc.constantFrom(1e-9, 1e-3, 0.5, 3, 50),
  )
  .map(([p, groups, reach, step]) => ({ ...p, L: p.classes === 2 ? 1 : p.classes, groups, reach, step }));

interface Numbers {
  X: Float64Array;
  y: Int32Array;
  z: Float64Array;
  keep: Float64Array;
  delta: Float64Array;
  p: number;
}

function numbersOf(s: Setting): Numbers {
  const design = randomDesign(s);
  const p = s.features + (s.intercept ? 1 : 0);
  const scaled = (seed: number, length: number, by: number) => uniforms(s.seed + seed, length).map((v) => v * by);
  const keep = uniforms(s.seed + 5, s.groups * s.rows).map((v) => (v < -0.4 ? 0 : v < 0.6 ? 1 : 1 + v));
  return {
    X: denseData(design.train),
    y: design.train.y,
    z: scaled(6, s.L * s.rows, s.reach),
    keep,
    delta: scaled(7, s.groups * s.L * p, s.step),
    p,
  };
}

/** x̃ᵢⱼ */
function entry(s: Setting, X: Float64Array, i: number, j: number): number {
  return j === s.features ? 1 : X[i * s.features + j];
}

/** Class probabilities of the full logits (the first of two classes has logit 0), and log Σ exp. */
function softmax(logits: readonly number[]): { q: number[]; total: number } {
  const full = logits.length === 1 ? [0, logits[0]] : [...logits];
  const top = Math.max(...full);
  const sum = full.reduce((a, z) => a + Math.exp(z - top), 0);
  return { q: full.map((z) => Math.exp(z - top) / sum), total: top + Math.log(sum) };
}

function logitsOf(s: Setting, { z, delta, X, p }: Numbers, g: number, i: number, moved: boolean): number[] {
  return Array.from({ length: s.L }, (_, k) => {
    let value = z[k * s.rows + i];
    if (moved) for (let j = 0; j < p; j++) value += delta[(g * s.L + k) * p + j] * entry(s, X, i, j);
    return value;
  });
}

/** Of the modelled logits only: for two classes the second. */
const modelled = (q: number[], L: number) => (L === 1 ? [q[1]] : q);

function naiveGradientChange(s: Setting, n: Numbers): Float64Array {
  const out = new Float64Array(s.groups * s.L * n.p);
  for (let g = 0; g < s.groups; g++) {
    for (let i = 0; i < s.rows; i++) {
      const before = modelled(softmax(logitsOf(s, n, g, i, false)).q, s.L);
      const after = modelled(softmax(logitsOf(s, n, g, i, true)).q, s.L);
      for (let k = 0; k < s.L; k++) {
        const change = n.keep[g * s.rows + i] * (after[k] - before[k]);
        for (let j = 0; j < n.p; j++) out[(g * s.L + k) * n.p + j] += change * entry(s, n.X, i, j);
      }
    }
  }
  return out;
}

function naiveLossChange(s: Setting, n: Numbers, weights: Float64Array): Float64Array {
  const out = new Float64Array(s.groups);
  for (let g = 0; g < s.groups; g++) {
    for (let i = 0; i < s.rows; i++) {
      const loss = (moved: boolean) => {
        const logits = logitsOf(s, n, g, i, moved);
        const own = s.L === 1 ? (n.y[i] === 1 ? logits[0] : 0) : logits[n.y[i]];
        return softmax(logits).total - own;
      };
      out[g] += weights[g * s.rows + i] * (loss(true) - loss(false));
    }
  }
  return out;
}

const available = (await listDevices()).filter((report) => report.available).map((report) => report.name);

it('says of every device that is not tested here why it is not available', async () => {
  const reports = await listDevices();
  expect(reports.map((report) => report.name)).toEqual([...DEVICE_NAMES]);
  for (const report of reports) expect(report.reason).not.toBe('');
  expect(available).toContain('reference');
});

describe.each(available)('device %s', (name) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(name);
  });
  afterAll(() => device.dispose());
  const tolerance = () => TOLERANCE[device.info.precision];

  function expectWithin(actual: Float64Array, expected: Float64Array, slack: number): void {
    expect(actual.length).toBe(expected.length);
    const allowed = tolerance() * Math.max(...expected.map(Math.abs)) + slack;
    for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(allowed);
  }

  async function placed<T>(s: Setting, use: (matrix: PlacedMatrix, n: Numbers) => Promise<T>): Promise<T> {
    const matrix = await device.place(randomDesign(s).train.X, s.intercept);
    try {
      return await use(matrix, numbersOf(s));
    } finally {
      matrix.dispose();
    }
  }

  it('moves the gradient as the naive formula does, where that one is accurate', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async (s) => {
        fc.pre(s.step > 0.1);
        await placed(s, async (matrix, n) => {
          const moved = await matrix.openBatch(n.z, n.keep, s.L).gradientChange(n.delta);
          const expected = naiveGradientChange(s, n);
          // The naive difference is accurate to the rounding of one probability and of one logit.
          const slack = (s.reach + s.step * (s.features + 1)) * s.rows * 4e-16;
          const allowed = tolerance() * Math.max(...expected.map(Math.abs)) + slack;
          for (let i = 0; i < expected.length; i++)
            expect(Math.abs(moved[i] - expected[i])).toBeLessThanOrEqual(allowed);
        });
      }),
      RUNS,
    );
  });

  it('changes losses as the naive formula does, where that one is accurate', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async (s) => {
        fc.pre(s.step > 0.1);
        await placed(s, async (matrix, n) => {
          const changes = await matrix.lossChange(n.z, n.y, n.keep, 'own', n.delta, s.L);
          const expected = naiveLossChange(s, n, n.keep);
          const allowed = (s.reach + s.step * (s.features + 1)) * s.rows * (4e-16 + tolerance());
          for (let g = 0; g < s.groups; g++) expect(Math.abs(changes[g] - expected[g])).toBeLessThanOrEqual(allowed);
        });
      }),
      RUNS,
    );
  });

  it('keeps every digit of a tiny step: the change is the curvature times the step', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async (s) => {
        fc.pre(s.step === 1e-9);
        await placed(s, async (matrix, n) => {
          const batch = matrix.openBatch(n.z, n.keep, s.L);
          const product = await batch.curvatureProduct(n.delta);
          // The step is 1e-9, so second-order terms are below 1e-8 of the first; each row's term may cancel others.
          const size = await matrix.openBatch(n.z, n.keep, s.L).gradientChange(n.delta);
          const allowed = rowwiseScale(s, n) * Math.max(1e-7, tolerance()) + s.step * probabilityRounding(s, n);
          for (let i = 0; i < size.length; i++) {
            expect(Math.abs(size[i] - product[i])).toBeLessThanOrEqual(allowed);
          }
        });
      }),
      RUNS,
    );
  });

  it('has a curvature that is the derivative of its gradient', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async (s) => {
        fc.pre((device.info.precision === 'float64' || device.solver !== undefined) && s.reach <= 8 && s.step <= 3);
        await placed(s, async (matrix, n) => {
          const direction = uniforms(s.seed + 8, n.delta.length);
          const h = 1e-5;
          const at = (t: number) =>
            matrix.openBatch(n.z, n.keep, s.L).gradientChange(n.delta.map((v, i) => v + t * direction[i]));
          const [plus, minus] = [await at(h), await at(-h)];
          const batch = matrix.openBatch(n.z, n.keep, s.L);
          await batch.gradientChange(n.delta);
          const product = await batch.curvatureProduct(direction);
          const difference = plus.map((v, i) => (v - minus[i]) / (2 * h));
          const scale = Math.max(1, ...product.map(Math.abs));
          for (let i = 0; i < product.length; i++) {
            expect(Math.abs(product[i] - difference[i])).toBeLessThanOrEqual(2e-8 * scale * s.rows ** 0.5);
          }
        });
      }),
      RUNS,
    );
  });

  it('gives a group the same numbers alone, in a batch, and after others were dropped from the batch', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async (s) => {
        fc.pre(s.groups > 1);
        await placed(s, async (matrix, n) => {
          const width = s.L * n.p;
          const batch = matrix.openBatch(n.z, n.keep, s.L);
          const together = await batch.gradientChange(n.delta);
          const last = s.groups - 1;
          const alone = matrix.openBatch(n.z, n.keep.subarray(last * s.rows), s.L);
          const single = await alone.gradientChange(n.delta.subarray(last * width));
          const slack = probabilityRounding(s, n);
          expectWithin(together.subarray(last * width), single, slack);
          const rest = batch.select(Int32Array.of(last));
          const P = uniforms(s.seed + 9, width);
          expectWithin(await rest.curvatureProduct(P), await alone.curvatureProduct(P), slack);
        });
      }),
      RUNS,
    );
  });

  it('weighs rows with a gram matrix that is symmetric and equals combine of margins', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async (s) => {
        await placed(s, async (matrix, n) => {
          const v = n.keep.subarray(0, s.rows);
          const gram = await matrix.gram(v);
          for (let a = 0; a < n.p; a++) {
            for (let b = 0; b < a; b++)
              expect(Math.abs(gram[a * n.p + b] - gram[b * n.p + a])).toBeLessThan(1e-14 * s.rows);
          }
          const unit = new Float64Array(n.p);
          unit[n.p - 1] = 1;
          const column = await matrix.combine((await matrix.margins(unit)).map((m, i) => m * v[i]));
          const allowed = tolerance() * s.rows;
          for (let a = 0; a < n.p; a++) {
            expect(Math.abs(gram[a * n.p + n.p - 1] - column[a])).toBeLessThanOrEqual(allowed);
          }
        });
      }),
      RUNS,
    );
  });
});

/**
 * A logit is known to its own rounding, and so is a probability: with logits of 900, to 2e-13. What that makes of a
 * sum over rows of changes of probabilities, or of curvatures times steps of size 1.
 */
function probabilityRounding(s: Setting, n: Numbers): number {
  return 4.5e-16 * (1 + s.reach + s.step * n.p) * s.rows * n.p;
}

/** Largest Σᵢ keepᵢ · |X̃δ| · p(1 − p): what the terms of the gradient's change add up to without cancelling. */
function rowwiseScale(s: Setting, n: Numbers): number {
  let largest = 0;
  for (let g = 0; g < s.groups; g++) {
    let sum = 0;
    for (let i = 0; i < s.rows; i++) {
      const still = logitsOf(s, n, g, i, false);
      const moved = logitsOf(s, { ...n, z: new Float64Array(n.z.length) }, g, i, true);
      const q = modelled(softmax(still).q, s.L);
      const step = Math.max(...moved.map(Math.abs));
      sum += n.keep[g * s.rows + i] * step * q.reduce((a, p) => a + p * (1 - p), 0);
    }
    largest = Math.max(largest, sum);
  }
  return largest;
}
