/** Figure 3 against goldens that an independent program computed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import { counterexamples, type Counterexamples } from '../../src/main/theory/counterexamples.ts';
import { scaleCounterexample } from '../../src/main/theory/scale-counterexample.ts';
import { signCounterexample, signDesign } from '../../src/main/theory/sign-counterexample.ts';
import { relativeDistance } from '../numerics/closeness.ts';
import { designOf } from '../numerics/designs.ts';
import { effectsOf } from '../numerics/engine.ts';
import { readGolden, type Counterexamples as Golden } from '../numerics/golden-files.ts';

const golden = readGolden<Golden>('counterexamples');
const nobody = () => {};
let device: Device;
beforeAll(async () => {
  device = await openDevice('reference');
});
afterAll(() => device.dispose());

describe('the counterexample in scale', () => {
  it('has the golden effects and factors of all 116 groups', async () => {
    const { points, theta } = await scaleCounterexample(device, nobody);
    expect(points.map(({ point, copies }) => [point, copies])).toEqual(
      golden.scale.groups.map((row) => row.slice(0, 2)),
    );
    const of = (column: number) => golden.scale.groups.map((row) => row[column]);
    expect(
      relativeDistance(
        points.map(({ influence }) => influence),
        of(2),
      ),
    ).toBeLessThan(1e-10);
    expect(
      relativeDistance(
        points.map(({ newton }) => newton),
        of(3),
      ),
    ).toBeLessThan(1e-9);
    expect(
      relativeDistance(
        points.map(({ actual }) => actual),
        of(4),
      ),
    ).toBeLessThan(1e-10);
    expect(
      relativeDistance(
        points.map(({ factor }) => factor),
        of(5),
      ),
    ).toBeLessThan(1e-10);
    expect(theta[1]).toBeCloseTo(-3.2144108659852386, 10);
  });
});

describe('the counterexample in sign', () => {
  const { d, X, y, lambda } = golden.sign;
  const design = designOf(
    { X: Float64Array.from(X), y: Int32Array.from(y) },
    { X: new Float64Array(d).fill(1), y: Int32Array.of(1) },
    ['0', '1'],
  );

  it('chooses the pairs of the golden data, and its minimal case', async () => {
    const found = await signCounterexample(design, device, nobody);
    expect(found.pairCount).toBe(7140);
    expect(found.points.map(({ rows }) => rows)).toEqual(golden.sign.pairs);
    expect(found.minimal.cosine).toBeCloseTo(golden.sign.cosines[0], 10);
    expect(relativeDistance(found.minimal.testPoint, golden.sign.minimal.testPoint)).toBeLessThan(1e-9);
    expect(found.minimal.newton / golden.sign.minimal.newton).toBeCloseTo(1, 9);
    expect(Math.abs(found.minimal.influence)).toBeLessThan(1e-12 * found.minimal.newton);
  });

  it('has the changes that the estimators find, also for data of its own', async () => {
    const own = signDesign(5);
    const { points, minimal } = await signCounterexample(own, device, nobody);
    const test = { X: minimal.testPoint, y: Int32Array.of(1) };
    const { train } = own;
    if (train.X.kind !== 'dense') throw new Error('dense');
    const probe = designOf({ X: train.X.data, y: train.y }, test, ['0', '1']);
    const asked = {
      lambda,
      intercept: false,
      groups: [minimal.rows],
      evaluations: [{ quantity: 'margin' as const, target: '0' }],
    };
    const { effects } = await effectsOf(probe, asked, device);
    expect(effects.newton[0][0] / minimal.newton).toBeCloseTo(1, 8);
    expect(Math.abs(effects.influence[0][0])).toBeLessThan(1e-8 * minimal.newton);
    expect(effects.actual[0][0]).toBeGreaterThan(0);
    expect(points.length).toBe(30);
  });
});

describe('Figure 3', () => {
  let figure: Counterexamples;
  beforeAll(async () => {
    figure = await counterexamples();
  });

  it('meets every claim, and says what was found', () => {
    for (const claim of figure.claims) expect(claim.met, `${claim.id}: ${claim.found}`).toBe(true);
    expect(figure.claims.map(({ id }) => id)).toEqual([
      'figure-3-right-goldens',
      'proposition-4',
      'figure-3-right-spread',
      'figure-3-left-30',
      'figure-3-left-120',
      'figure-3-left-minimal',
    ]);
  });

  it('shows opposite signs for test points that see the pairs apart, and few for those uniform in their span', () => {
    const [few, many] = figure.sign.agreement;
    expect(few.oppositeSigns).toBeGreaterThan(0.3);
    expect(few.meanSpearman).toBeLessThan(many.meanSpearman);
    expect(few.uniform.meanSpearman).toBeGreaterThan(0.6);
  });

  it('stops when told to', async () => {
    await expect(counterexamples(AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
