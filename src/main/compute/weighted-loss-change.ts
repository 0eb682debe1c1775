import { rowLossChange } from './stable-change.ts';

/**
 * Weighted sums of the changes of the rows' losses, row by row: PlacedMatrix.lossChange once the steps are known.
 * @param steps   B·L×n: X̃δ
 * @param weights S×n when `sharing` is "shared", B×n when "own"
 * @returns B×S or B×1
 */
export function weightedLossChange(
  base: Float64Array,
  y: Int32Array,
  weights: Float64Array,
  sharing: 'shared' | 'own',
  steps: Float64Array,
  logits: number,
): Float64Array {
  const n = y.length;
  const groups = steps.length / (logits * n);
  const slices = sharing === 'shared' ? weights.length / n : 1;
  const out = new Float64Array(groups * slices);
  const changeOf = rowLossChange(base, y, logits);
  const step = new Float64Array(logits);
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < n; i++) {
      if (sharing === 'own' && weights[g * n + i] === 0) continue;
      for (let k = 0; k < logits; k++) step[k] = steps[(g * logits + k) * n + i];
      const change = changeOf(i, step);
      for (let s = 0; s < slices; s++) {
        const weight = weights[(sharing === 'shared' ? s : g) * n + i];
        // 0 · ∞ is not a contribution.
        if (weight !== 0) out[g * slices + s] += weight * change;
      }
    }
  }
  return out;
}
