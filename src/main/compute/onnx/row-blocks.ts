/** Rows in blocks: what every product over them is cut into, and the fitted point they start from. */
import { sigmoid, softmaxInto } from '../stable-change.ts';
import type { Feeds, Floats, Runtime } from './runtime.ts';

export interface Block {
  start: number;
  rows: number;
}

/** X̃ in row blocks. */
export interface BlockedMatrix {
  readonly runtime: Runtime;
  readonly rows: number;
  /** p. */
  readonly columns: number;
  /** n×p, row-major, in the device's precision. */
  readonly X: Floats;
  blocks(vectors: number): Block[];
  xTensor(block: Block): Feeds[string];
}

/** Base logits and probabilities of a block; `r` = 1 − q to full precision (one logit only). */
export interface Base {
  z: Float64Array;
  q: Float64Array;
  r: Float64Array | null;
}

export function logisticBase(base: Float64Array, { start, rows }: Block): Base {
  const z = base.slice(start, start + rows);
  return { z, q: z.map((value) => sigmoid(value)), r: z.map((value) => sigmoid(-value)) };
}

export function softmaxBase(base: Float64Array, block: Block, logits: number, n: number): Base {
  const z = cutColumns(base, block, n);
  const q = new Float64Array(z.length);
  const row = new Float64Array(logits);
  for (let i = 0; i < block.rows; i++) {
    softmaxInto(z, logits, i, block.rows, row);
    for (let k = 0; k < logits; k++) q[k * block.rows + i] = row[k];
  }
  return { z, q, r: null };
}

/** Columns start…start+rows of a C×n matrix, as C×rows. The whole matrix is not copied. */
export function cutColumns(data: Float64Array, { start, rows }: Block, n: number): Float64Array {
  if (rows === n) return data;
  const vectors = data.length / n;
  const out = new Float64Array(vectors * rows);
  for (let c = 0; c < vectors; c++) out.set(data.subarray(c * n + start, c * n + start + rows), c * rows);
  return out;
}

export function pasteColumns(data: Floats, { start, rows }: Block, out: Float64Array, n: number): void {
  const vectors = data.length / rows;
  for (let c = 0; c < vectors; c++) out.set(data.subarray(c * rows, (c + 1) * rows), c * n + start);
}

/** Sums over blocks are taken in double precision, whatever the device's. */
export function addInto(out: Float64Array, part: Floats): void {
  for (let i = 0; i < out.length; i++) out[i] += part[i];
}
