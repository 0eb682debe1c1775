/** Share of rows begin … end − 1 of which the largest logit (with one logit: its sign) is the label's. NaN where there are none. */
export function accuracy(z: Float64Array, y: Int32Array, logits: number, begin = 0, end = y.length): number {
  const n = y.length;
  let right = 0;
  for (let i = begin; i < end; i++) {
    let label = 0;
    if (logits === 1) label = z[i] > 0 ? 1 : 0;
    else for (let k = 1; k < logits; k++) if (z[k * n + i] > z[label * n + i]) label = k;
    if (label === y[i]) right++;
  }
  return end > begin ? right / (end - begin) : NaN;
}
