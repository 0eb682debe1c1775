/** Changes of coordinates that change no effect: scale, rotation, translation, names of classes, idle columns. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { expectSameEffects } from './closeness.ts';
import { withFeatures } from './designs.ts';
import { effectsOf, everyQuantity, type Answered } from './engine.ts';
import { randomDesign, randomRows, uniforms } from './problems.ts';

const ROWS = 60;
const FEATURES = 4;
const LAMBDA = 0.6;

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx-cpu');
});
afterAll(() => device.dispose());

function design(classes: number): Design {
  return randomDesign({ rows: ROWS, features: FEATURES, classes, seed: 31 });
}

function effects(d: Design, lambda: number, intercept: boolean): Promise<Answered> {
  // Rows 0 … 4 hold one of each class and always stay.
  const groups = [1, 5, 25].map((count, s) => randomRows(s, ROWS - 5, count).map((i) => i + 5));
  return effectsOf(d, { groups, lambda, intercept, evaluations: everyQuantity(d) }, device);
}

/** A random orthogonal matrix, as a product of reflections I − 2uuᵀ. */
function rotate(row: Float64Array): Float64Array {
  let out = row.slice();
  for (let r = 0; r < FEATURES; r++) {
    const u = uniforms(100 + r, FEATURES);
    const norm = u.reduce((a, v) => a + v * v, 0);
    const along = out.reduce((a, v, j) => a + v * u[j], 0);
    out = out.map((v, j) => v - (2 * along * u[j]) / norm);
  }
  return out;
}

const settings = [2, 3].flatMap((classes) => [true, false].map((intercept) => ({ classes, intercept })));

it.for(settings)(
  'features × c with λ × c² ($classes classes, intercept $intercept)',
  async ({ classes, intercept }) => {
    const plain = await effects(design(classes), LAMBDA, intercept);
    for (const c of [1e-3, 50]) {
      const scaled = withFeatures(design(classes), (row) => row.map((v) => c * v));
      expectSameEffects((await effects(scaled, LAMBDA * c * c, intercept)).effects, plain.effects);
    }
    // Without rescaling λ it is another model.
    const other = await effects(
      withFeatures(design(classes), (row) => row.map((v) => 50 * v)),
      LAMBDA,
      intercept,
    );
    expect(Math.abs(other.effects.actual[2][0] / plain.effects.actual[2][0] - 1)).toBeGreaterThan(1e-2);
  },
);

it.for(settings)(
  'a rotation of the features ($classes classes, intercept $intercept)',
  async ({ classes, intercept }) => {
    const plain = await effects(design(classes), LAMBDA, intercept);
    expectSameEffects((await effects(withFeatures(design(classes), rotate), LAMBDA, intercept)).effects, plain.effects);
  },
);

it.for([2, 3])('a translation of the features, when the intercept is free (%i classes)', async (classes) => {
  const shifted = withFeatures(design(classes), (row) => row.map((v, j) => v + 2 * j - 3));
  const plain = await effects(design(classes), LAMBDA, true);
  expectSameEffects((await effects(shifted, LAMBDA, true)).effects, plain.effects);
  const withoutIntercept = await effects(shifted, LAMBDA, false);
  const before = await effects(design(classes), LAMBDA, false);
  expect(Math.abs(withoutIntercept.effects.actual[2][0] - before.effects.actual[2][0])).toBeGreaterThan(1e-4);
});

it.for(settings)(
  'the names of the classes ($classes classes, intercept $intercept)',
  async ({ classes, intercept }) => {
    const before = design(classes);
    const renamed = (y: Int32Array) => y.map((k) => (k + 1) % classes);
    const after: Design = {
      ...before,
      train: { ...before.train, y: renamed(before.train.y) },
      test: { ...before.test, y: renamed(before.test.y) },
    };
    const plain = await effects(before, LAMBDA, intercept);
    expectSameEffects((await effects(after, LAMBDA, intercept)).effects, plain.effects);
  },
);

it.for(settings)('columns of zeros, and constant ones beside an intercept ($classes, $intercept)', async (setting) => {
  const { classes, intercept } = setting;
  const idle = withFeatures(design(classes), (row) => Float64Array.of(0, ...row, intercept ? 3 : 0, 0));
  const plain = await effects(design(classes), LAMBDA, intercept);
  expectSameEffects((await effects(idle, LAMBDA, intercept)).effects, plain.effects);
});

it.for(settings)('a column split into two equal halves of weight 1/√2 ($classes, $intercept)', async (setting) => {
  const { classes, intercept } = setting;
  const split = withFeatures(design(classes), (row) => {
    const half = row[0] * Math.SQRT1_2;
    return Float64Array.of(half, half, ...row.subarray(1));
  });
  const plain = await effects(design(classes), LAMBDA, intercept);
  expectSameEffects((await effects(split, LAMBDA, intercept)).effects, plain.effects);
});
