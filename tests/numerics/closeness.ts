/** How far two lists of numbers are apart. */
import { expect } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { ESTIMATORS, type Estimator } from '../../src/shared/quantities.ts';

/** Those of which other programs have made goldens; the others are judged by laws and closed forms. */
export const GOLDEN_ESTIMATORS = ['influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear'] as const;
export type GoldenEstimator = (typeof GOLDEN_ESTIMATORS)[number];

/** max |a − b| / max |b|; 0 when both are all 0, NaN when any entry is NaN. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let distance = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) return NaN;
    distance = Math.max(distance, Math.abs(a[i] - b[i]));
    scale = Math.max(scale, Math.abs(b[i]));
  }
  return distance === 0 ? 0 : distance / scale;
}

/**
 * How far an effect may be from the truth, relative to the largest effect of its evaluation. What is left is the
 * rounding of a gradient carried into δ, and for the Newton step the linear residual at which the engine stops
 * (1e-10 relative), carried to effects by the conditioning of H_λ − H(w).
 */
export const EFFECT_TOLERANCE: Readonly<Record<Estimator, number>> = {
  influence: 2e-10,
  newton: 1e-8,
  actual: 2e-10,
  influenceOnParameters: 2e-10,
  newtonLinear: 1e-8,
  secondOrder: 2e-10,
  rescaledInfluence: 1e-8,
  newton2: 1e-8,
  newton3: 1e-8,
};

/** On a device whose solver is of single precision: the product's promise. */
export const FLOAT32_TOLERANCE: Readonly<Record<Estimator, number>> = {
  influence: 1e-9,
  newton: 1e-6,
  actual: 1e-6,
  influenceOnParameters: 1e-6,
  newtonLinear: 1e-8,
  secondOrder: 1e-8,
  rescaledInfluence: 1e-6,
  newton2: 1e-6,
  newton3: 1e-6,
};

export function toleranceOn({ info }: Device): Readonly<Record<Estimator, number>> {
  return info.precision === 'float64' ? EFFECT_TOLERANCE : FLOAT32_TOLERANCE;
}

/** Expects each evaluation of each estimator to agree over the groups, to its tolerance. */
export function expectSameEffects(
  actual: Partial<Record<Estimator, number[][]>>,
  expected: Partial<Record<Estimator, number[][]>>,
  tolerance: Readonly<Record<Estimator, number>> = EFFECT_TOLERANCE,
): void {
  for (const estimator of ESTIMATORS) {
    const [found, known] = [actual[estimator], expected[estimator]];
    // A golden made by another program has not every estimator.
    if (known === undefined) continue;
    if (found === undefined) throw new Error(`${estimator} was not computed`);
    expect(found.length).toBe(known.length);
    for (const e of known[0].keys()) {
      const column = (rows: number[][]) => rows.map((row) => row[e]);
      const distance = relativeDistance(column(found), column(known));
      expect(distance, `${estimator} of evaluation ${e}`).toBeLessThan(tolerance[estimator]);
    }
  }
}
