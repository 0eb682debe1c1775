/**
 * The products of a sparse matrix with a panel of columns side by side, and the element-wise middles between them, as
 * one WebAssembly module. Addresses and strides are in bytes; a panel's row has C contiguous float64, C a multiple of 8.
 *
 * Every column is computed for itself, its sums in the order of the entries: a column's result depends neither on its
 * neighbours nor on C.
 */
import { assembleModule, NumberTable } from './assembler.ts';
import { logisticGradient, logisticLoss } from './logistic-middles.ts';
import { gather, scatter, total } from './products.ts';
import { softmaxCurvature } from './softmax-middle.ts';

export interface ProductKernel {
  readonly memory: WebAssembly.Memory;
  /**
   * out (rows × C) = [scale ∘] (offset + S·in).
   * @param indptr rows + 1 int32: where each row's entries begin in `indices` (int32 columns) and `values`
   * @param offset C numbers that every row starts from
   * @param scale  rows × C factors, or 0
   */
  gather(
    indptr: number,
    indices: number,
    values: number,
    rows: number,
    input: number,
    output: number,
    stride: number,
    offset: number,
    scale: number,
  ): void;
  /**
   * out[lines[l]] += Σ over the entries of line l of value · in[index].
   * @param lines count int32: the rows of `out` that the lines belong to
   */
  scatter(
    lines: number,
    indptr: number,
    indices: number,
    values: number,
    count: number,
    input: number,
    output: number,
    stride: number,
  ): void;
  /** out (C) += Σ over the rows of [weights[row] ·] in[row]. @param weights rows numbers, or 0 */
  total(input: number, rows: number, output: number, stride: number, weights: number): void;
  /**
   * In place, steps Δ → keep ∘ (σ(z + Δ) − σ(z)), with q = σ(z) and r = σ(−z): q r (e^Δ − 1) / (r + q e^Δ), all
   * terms of one sign; its series in Δ where a row's steps are all within SERIES_REACH.
   * @param sides  rows × (q, r, the series' coefficients from Δ¹ on)
   * @param keep   rows × C weights
   * @param hold   where keep ∘ σ′(z + Δ) goes (may be `keep` itself), or 0
   * @param largest two numbers: made the largest |Δ| met where that is larger
   */
  logisticGradient(
    steps: number,
    sides: number,
    keep: number,
    hold: number,
    rows: number,
    stride: number,
    largest: number,
  ): void;
  /**
   * In place, steps Δ → log(1 + e^−(m + sΔ)) − log(1 + e^−m), the change of the logistic loss of margin m = s z, as
   * log(σ(m) + σ(−m) e^−sΔ), or its series.
   * @param sides rows × (σ(−m), σ(m), the series' coefficients from Δ¹ on, −s)
   */
  logisticLoss(steps: number, sides: number, rows: number, stride: number, largest: number): void;
  /**
   * In place, U → keep ∘ H ∘ (U − Σₖ H U) over K classes; a panel's columns are the groups of class 0, those of class 1, ….
   * @param probabilities rows × C, or with `shared` rows × K for all groups
   * @param keep          rows × groups
   * @param groupBytes    8 × groups, groups even
   */
  softmaxCurvature(
    panel: number,
    probabilities: number,
    keep: number,
    rows: number,
    classes: number,
    groupBytes: number,
    stride: number,
    shared: number,
  ): void;
}

/** Of the kernel's memory, from 0 on, for its numbers. */
export const RESERVED_BYTES = 1024;

/** @param bytes of memory, RESERVED_BYTES included */
export function createProductKernel(bytes: number): ProductKernel {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
  compiled ??= compile();
  const functions = new WebAssembly.Instance(compiled.module, { env: { memory } }).exports;
  compiled.numbers.write(memory);
  return { ...(functions as unknown as Omit<ProductKernel, 'memory'>), memory };
}

export const PAGE_BYTES = 65_536;

let compiled: { module: WebAssembly.Module; numbers: NumberTable } | null = null;

function compile(): { module: WebAssembly.Module; numbers: NumberTable } {
  const numbers = new NumberTable();
  const functions = [gather, scatter, total, logisticGradient, logisticLoss, softmaxCurvature].map((make) =>
    make(numbers),
  );
  if (numbers.bytes > RESERVED_BYTES) throw new RangeError('the kernel has more numbers than room for them');
  return { module: new WebAssembly.Module(assembleModule(functions)), numbers };
}
