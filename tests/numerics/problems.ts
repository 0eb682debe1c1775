/** Random problems for property tests: every number comes from a seed, so a failure is repeatable. */
import fc from 'fast-check';
import type { Design } from '../../src/shared/dataset.ts';
import { designOf } from './designs.ts';
import { mixed } from './golden-rows.ts';

/** Uniform on (−1, 1). */
export function uniforms(seed: number, length: number): Float64Array {
  return Float64Array.from(mixed(seed, length), (h) => h / 2 ** 31 - 1);
}

export interface Problem {
  rows: number;
  features: number;
  classes: number;
  seed: number;
  intercept: boolean;
}

export const problem: fc.Arbitrary<Problem> = fc.record({
  // As many rows as classes at least: a class without a row has no finite optimum when the intercept is free.
  rows: fc.integer({ min: 5, max: 60 }),
  features: fc.integer({ min: 1, max: 6 }),
  classes: fc.constantFrom(2, 3, 5),
  seed: fc.integer({ min: 0, max: 1e6 }),
  intercept: fc.boolean(),
});

/** Labels follow the features with noise; every class occurs in the training rows when rows ≥ classes. */
export function randomDesign({ rows, features, classes, seed }: Omit<Problem, 'intercept'>, testRows = 10): Design {
  const direction = uniforms(seed + 1, features * classes);
  const part = (offset: number, n: number) => {
    const X = uniforms(seed + offset, n * features);
    const noise = uniforms(seed + offset + 1, n * classes);
    const y = Int32Array.from({ length: n }, (_, i) => {
      if (i < classes) return i;
      let best = 0;
      let top = -Infinity;
      for (let k = 0; k < classes; k++) {
        let score = noise[i * classes + k];
        for (let j = 0; j < features; j++) score += X[i * features + j] * direction[k * features + j];
        if (score > top) [top, best] = [score, k];
      }
      return best;
    });
    return { X, y };
  };
  return designOf(
    part(1000, rows),
    part(2000, testRows),
    Array.from({ length: classes }, (_, k) => String(k)),
  );
}

/** Distinct rows with the smallest mixed keys, ascending. */
export function randomRows(seed: number, n: number, count: number): Int32Array {
  const key = mixed(seed, n);
  const order = [...key.keys()].sort((a, b) => key[a] - key[b] || a - b);
  return Int32Array.from(order.slice(0, count)).sort();
}
