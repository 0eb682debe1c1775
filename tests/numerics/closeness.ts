/** How far two lists of numbers are apart. */
import { expect } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { ESTIMATORS, type Estimator } from '../../src/shared/quantities.ts';

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
};

/** On a device whose solver is of single precision: the product's promise. */
export const FLOAT32_TOLERANCE: Readonly<Record<Estimator, number>> = {
  influence: 1e-9,
  newton: 1e-6,
  actual: 1e-6,
  influenceOnParameters: 1e-6,
  newtonLinear: 1e-8,
};

export function toleranceOn({ info }: Device): Readonly<Record<Estimator, number>> {
  return info.precision === 'float64' ? EFFECT_TOLERANCE : FLOAT32_TOLERANCE;
}

/** Expects each evaluation of each estimator to agree over the groups, to its tolerance. */
export function expectSameEffects(
  actual: Record<Estimator, number[][]>,
  expected: Record<Estimator, number[][]>,
  tolerance: Readonly<Record<Estimator, number>> = EFFECT_TOLERANCE,
): void {
  for (const estimator of ESTIMATORS) {
    expect(actual[estimator].length).toBe(expected[estimator].length);
    for (const e of expected[estimator][0].keys()) {
      const column = (rows: number[][]) => rows.map((row) => row[e]);
      const distance = relativeDistance(column(actual[estimator]), column(expected[estimator]));
      expect(distance, `${estimator} of evaluation ${e}`).toBeLessThan(tolerance[estimator]);
    }
  }
}
