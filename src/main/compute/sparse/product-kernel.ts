/**
 * The products of a sparse matrix with a panel of columns side by side, and the element-wise middles between them, as
 * one WebAssembly module. Addresses and strides are in bytes; a panel's row has C contiguous float64, C a multiple of 8.
 *
 * Every column is computed for itself, its sums in the order of the entries: a column's result depends neither on its
 * neighbours nor on C.
 */
import {
  abs,
  add,
  advance,
  anyTrue,
  assembleModule,
  constant,
  div,
  either,
  Frame,
  get,
  greater,
  isLess,
  load32,
  loadTwice,
  loadTwo,
  most,
  mul,
  mulAdd,
  NumberTable,
  plus,
  select,
  set,
  storeTwo,
  sub,
  times,
  when,
  ZERO_TWICE,
  whileLess,
  type Code,
  type FunctionCode,
} from './assembler.ts';
import { exponentials, logarithm } from './elementary.ts';

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

/** Columns that one pass keeps in registers: eight vectors, or four where fewer columns are left. */
const WIDE = 8;
const NARROW = 4;

interface Tile {
  /** Byte offset of its first column. */
  at: number;
  sums: number[];
}

/** Goes through a panel's columns in tiles. */
function tiles(frame: Frame, stride: number, each: (tile: Tile) => Code): Code {
  const at = frame.integer();
  const end = frame.integer();
  const sums = frame.vectors(WIDE);
  const bytes = 16 * WIDE;
  return [
    ...set(at, constant(0)),
    ...set(end, plus(get(stride), constant(1 - bytes))),
    ...whileLess(at, end, [...each({ at, sums }), ...advance(at, constant(bytes))]),
    ...when(isLess(get(at), get(stride)), each({ at, sums: sums.slice(0, NARROW) })),
  ];
}

const eachSum = (sums: readonly number[], code: (sum: number, offset: number) => Code): Code =>
  sums.flatMap((sum, index) => [...code(sum, 16 * index)]);

/** sums += value · input[index] over the entries `entry` … `end` − 1. */
function addEntries(
  frame: Frame,
  { at, sums }: Tile,
  from: { indices: number; values: number; input: number; stride: number; entry: number; end: number },
): Code {
  const source = frame.integer();
  const value = frame.vector();
  return whileLess(from.entry, from.end, [
    ...set(
      source,
      plus(
        plus(
          times(load32(plus(get(from.indices), times(get(from.entry), constant(4)))), get(from.stride)),
          get(from.input),
        ),
        get(at),
      ),
    ),
    ...set(value, loadTwice(plus(get(from.values), times(get(from.entry), constant(8))))),
    ...eachSum(sums, (sum, offset) => set(sum, mulAdd(get(value), loadTwo(get(source), offset), get(sum)))),
    ...advance(from.entry, constant(1)),
  ]);
}

function gather(numbers: NumberTable): FunctionCode {
  const frame = new Frame(9, numbers);
  const [indptr, indices, values, rows, input, output, stride, offset, scale] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const [row, entry, end, pointer, to, factor] = Array.from({ length: 6 }, () => frame.integer());
  const body = tiles(frame, stride, (tile) => [
    ...set(row, constant(0)),
    ...set(pointer, get(indptr)),
    ...set(to, plus(get(output), get(tile.at))),
    ...set(factor, plus(get(scale), get(tile.at))),
    ...set(end, load32(get(pointer))),
    ...whileLess(row, rows, [
      ...set(entry, get(end)),
      ...set(end, load32(get(pointer), 4)),
      ...eachSum(tile.sums, (sum, at) => set(sum, loadTwo(plus(get(offset), get(tile.at)), at))),
      ...addEntries(frame, tile, { indices, values, input, stride, entry, end }),
      ...when(
        get(scale),
        eachSum(tile.sums, (sum, at) => set(sum, mul(get(sum), loadTwo(get(factor), at)))),
      ),
      ...eachSum(tile.sums, (sum, at) => storeTwo(get(to), get(sum), at)),
      ...advance(to, get(stride)),
      ...advance(factor, get(stride)),
      ...advance(pointer, constant(4)),
      ...advance(row, constant(1)),
    ]),
  ]);
  return { name: 'gather', frame, body };
}

function scatter(numbers: NumberTable): FunctionCode {
  const frame = new Frame(8, numbers);
  const [lines, indptr, indices, values, count, input, output, stride] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [line, entry, end, to] = Array.from({ length: 4 }, () => frame.integer());
  const lineOf = (array: number, offset = 0): Code => load32(plus(get(array), times(get(line), constant(4))), offset);
  const body = tiles(frame, stride, (tile) => [
    ...set(line, constant(0)),
    ...set(end, load32(get(indptr))),
    ...whileLess(line, count, [
      ...set(entry, get(end)),
      ...set(end, lineOf(indptr, 4)),
      ...set(to, plus(plus(times(lineOf(lines), get(stride)), get(output)), get(tile.at))),
      ...eachSum(tile.sums, (sum, at) => set(sum, loadTwo(get(to), at))),
      ...addEntries(frame, tile, { indices, values, input, stride, entry, end }),
      ...eachSum(tile.sums, (sum, at) => storeTwo(get(to), get(sum), at)),
      ...advance(line, constant(1)),
    ]),
  ]);
  return { name: 'scatter', frame, body };
}

function total(numbers: NumberTable): FunctionCode {
  const frame = new Frame(5, numbers);
  const [input, rows, output, stride, weights] = [0, 1, 2, 3, 4];
  const [row, from] = [frame.integer(), frame.integer()];
  const weight = frame.vector();
  const body = tiles(frame, stride, ({ at, sums }) => [
    ...set(row, constant(0)),
    ...set(from, plus(get(input), get(at))),
    ...eachSum(sums, (sum, offset) => set(sum, loadTwo(plus(get(output), get(at)), offset))),
    ...whileLess(row, rows, [
      ...when(
        get(weights),
        [
          ...set(weight, loadTwice(plus(get(weights), times(get(row), constant(8))))),
          ...eachSum(sums, (sum, offset) => set(sum, mulAdd(get(weight), loadTwo(get(from), offset), get(sum)))),
        ],
        eachSum(sums, (sum, offset) => set(sum, add(get(sum), loadTwo(get(from), offset)))),
      ),
      ...advance(from, get(stride)),
      ...advance(row, constant(1)),
    ]),
    ...eachSum(sums, (sum, offset) => storeTwo(plus(get(output), get(at)), get(sum), offset)),
  ]);
  return { name: 'total', frame, body };
}

/**
 * Steps up to here are near enough for a series: its radius is π and more, and with so many terms what is left out is
 * below 1e-13 of the first.
 */
export const SERIES_REACH = 0.4;
export const SERIES_TERMS = 15;
/** Numbers of a row's sides: two probabilities, the coefficients, a sign. */
export const SIDES = 2 + SERIES_TERMS + 1;
const SIGN_AT = 8 * (SIDES - 1);
/** Vectors that a series is summed for at a time: as many columns as a panel's step. */
const SIDE_BY_SIDE = 4;

interface RowWise {
  panel: number;
  sides: number;
  rows: number;
  stride: number;
  largest: number;
}

/**
 * Goes through a panel row by row: `near` for eight columns at a time in rows whose steps are all within the reach of
 * the series, `far` for two.
 * @param at local that holds the byte offset of the columns from the panel's start
 */
function eachRow(
  frame: Frame,
  { panel, sides, rows, stride, largest }: RowWise,
  row: Code,
  near: (at: number) => Code,
  far: (at: number) => Code,
): Code {
  const [index, at, start, end] = [frame.integer(), frame.integer(), frame.integer(), frame.integer()];
  const [rowLargest, overall] = frame.vectors(2);
  const columns = (bytes: number, body: Code): Code => [
    ...set(at, get(start)),
    ...whileLess(at, end, [...body, ...advance(at, constant(bytes))]),
  ];
  const noteStep = (offset: number): Code =>
    set(rowLargest, most(get(rowLargest), abs(loadTwo(plus(get(panel), get(at)), offset))));
  return [
    ...set(overall, loadTwo(get(largest))),
    ...set(index, constant(0)),
    ...set(start, constant(0)),
    ...whileLess(index, rows, [
      ...set(end, plus(get(start), get(stride))),
      ...set(rowLargest, ZERO_TWICE),
      ...columns(
        64,
        [0, 16, 32, 48].flatMap((offset) => [...noteStep(offset)]),
      ),
      ...set(overall, most(get(overall), get(rowLargest))),
      ...row,
      ...when(
        anyTrue(greater(get(rowLargest), frame.twice(SERIES_REACH))),
        columns(16, far(at)),
        columns(64, near(at)),
      ),
      ...advance(sides, constant(8 * SIDES)),
      ...set(start, get(end)),
      ...advance(index, constant(1)),
    ]),
    ...storeTwo(get(largest), get(overall)),
  ];
}

/** For eight columns: `sums` become Σ coefficientₖ xᵏ⁻¹, and `slopes` its derivative where given. */
function series(sides: number, coefficient: number, x: number[], sums: number[], slopes: number[]): Code {
  const load = (term: number): Code => set(coefficient, loadTwice(get(sides), 8 * (1 + term)));
  return [
    ...load(SERIES_TERMS),
    ...sums.flatMap((sum) => set(sum, get(coefficient))),
    ...slopes.flatMap((slope) => set(slope, ZERO_TWICE)),
    ...Array.from({ length: SERIES_TERMS - 1 }, (_, i) => SERIES_TERMS - 1 - i).flatMap((term) => [
      ...load(term),
      ...slopes.flatMap((slope, c) => set(slope, mulAdd(get(slope), get(x[c]), get(sums[c])))),
      ...sums.flatMap((sum, c) => set(sum, mulAdd(get(sum), get(x[c]), get(coefficient)))),
    ]),
  ];
}

function logisticGradient(numbers: NumberTable): FunctionCode {
  const frame = new Frame(7, numbers);
  const [panel, sides, keep, hold, rows, stride, largest] = [0, 1, 2, 3, 4, 5, 6];
  const [x, q, r, slope, inverse, weighted, coefficient] = frame.vectors(7);
  const steps = frame.vectors(SIDE_BY_SIDE);
  const sums = frame.vectors(SIDE_BY_SIDE);
  const slopes = frame.vectors(SIDE_BY_SIDE);
  const { code, exponential, change } = exponentials(frame, x);
  const row = [
    ...set(q, loadTwice(get(sides))),
    ...set(r, loadTwice(get(sides), 8)),
    ...set(slope, mul(get(q), get(r))),
  ];
  const near = (at: number): Code => [
    ...steps.flatMap((step, c) => set(step, loadTwo(plus(get(panel), get(at)), 16 * c))),
    ...when(
      get(hold),
      [
        ...series(sides, coefficient, steps, sums, slopes),
        // The derivative of x · sum.
        ...slopes.flatMap((held, c) => set(held, mulAdd(get(held), get(steps[c]), get(sums[c])))),
        // Read before it is written: `hold` may be `keep`.
        ...sums.flatMap((sum, c) => [
          ...set(weighted, loadTwo(plus(get(keep), get(at)), 16 * c)),
          ...storeTwo(plus(get(panel), get(at)), mul(get(weighted), mul(get(sum), get(steps[c]))), 16 * c),
          ...storeTwo(plus(get(hold), get(at)), mul(get(weighted), get(slopes[c])), 16 * c),
        ]),
      ],
      [
        ...series(sides, coefficient, steps, sums, []),
        ...sums.flatMap((sum, c) =>
          storeTwo(
            plus(get(panel), get(at)),
            mul(loadTwo(plus(get(keep), get(at)), 16 * c), mul(get(sum), get(steps[c]))),
            16 * c,
          ),
        ),
      ],
    ),
  ];
  const far = (at: number): Code => [
    ...set(x, loadTwo(plus(get(panel), get(at)))),
    ...code,
    ...set(inverse, div(frame.twice(1), mulAdd(get(q), get(exponential), get(r)))),
    ...set(weighted, mul(loadTwo(plus(get(keep), get(at))), mul(get(slope), get(inverse)))),
    ...storeTwo(plus(get(panel), get(at)), mul(get(weighted), get(change))),
    ...when(get(hold), storeTwo(plus(get(hold), get(at)), mul(get(weighted), mul(get(exponential), get(inverse))))),
  ];
  return {
    name: 'logisticGradient',
    frame,
    body: eachRow(frame, { panel, sides, rows, stride, largest }, row, near, far),
  };
}

function logisticLoss(numbers: NumberTable): FunctionCode {
  const frame = new Frame(5, numbers);
  const [panel, sides, rows, stride, largest] = [0, 1, 2, 3, 4];
  const [x, sign, wrong, right, whole, grown, lost, coefficient] = frame.vectors(8);
  const steps = frame.vectors(SIDE_BY_SIDE);
  const sums = frame.vectors(SIDE_BY_SIDE);
  const { code, exponential, change } = exponentials(frame, x);
  const row = [
    ...set(wrong, loadTwice(get(sides))),
    ...set(right, loadTwice(get(sides), 8)),
    ...set(sign, loadTwice(get(sides), SIGN_AT)),
  ];
  const near = (at: number): Code => [
    ...steps.flatMap((step, c) => set(step, loadTwo(plus(get(panel), get(at)), 16 * c))),
    ...series(sides, coefficient, steps, sums, []),
    ...sums.flatMap((sum, c) => storeTwo(plus(get(panel), get(at)), mul(get(sum), get(steps[c])), 16 * c)),
  ];
  const far = (at: number): Code => [
    ...set(x, mul(loadTwo(plus(get(panel), get(at))), get(sign))),
    ...code,
    ...set(whole, mulAdd(get(wrong), get(exponential), get(right))),
    ...set(grown, mul(get(wrong), get(change))),
    // Near 1 the rounding of 1 + grown is made good; elsewhere `whole` is accurate by itself.
    ...set(
      lost,
      select(ZERO_TWICE, sub(get(grown), sub(get(whole), frame.twice(1))), greater(abs(get(grown)), frame.twice(0.5))),
    ),
    ...storeTwo(plus(get(panel), get(at)), logarithm(frame, whole, lost)),
  ];
  return { name: 'logisticLoss', frame, body: eachRow(frame, { panel, sides, rows, stride, largest }, row, near, far) };
}

function softmaxCurvature(numbers: NumberTable): FunctionCode {
  const frame = new Frame(8, numbers);
  const [panel, probabilities, keep, rows, classes, groupBytes, stride, shared] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [row, pair, k, at, from, step, rowStart] = Array.from({ length: 7 }, () => frame.integer());
  const [mean, weight] = frame.vectors(2);
  const eachClass = (code: Code): Code => [
    ...set(k, constant(0)),
    ...set(at, plus(get(panel), get(pair))),
    ...set(from, plus(get(rowStart), either(get(shared), constant(0), get(pair)))),
    ...whileLess(k, classes, [
      ...code,
      ...advance(at, get(groupBytes)),
      ...advance(from, get(step)),
      ...advance(k, constant(1)),
    ]),
  ];
  const p = frame.vector();
  const readProbability = when(get(shared), set(p, loadTwice(get(from))), set(p, loadTwo(get(from))));
  const body = [
    ...set(step, either(get(shared), constant(8), get(groupBytes))),
    ...set(rowStart, get(probabilities)),
    ...set(row, constant(0)),
    ...whileLess(row, rows, [
      ...set(pair, constant(0)),
      ...whileLess(pair, groupBytes, [
        ...set(mean, ZERO_TWICE),
        ...eachClass([...readProbability, ...set(mean, mulAdd(get(p), loadTwo(get(at)), get(mean)))]),
        ...set(weight, loadTwo(plus(get(keep), get(pair)))),
        ...eachClass([
          ...readProbability,
          ...storeTwo(get(at), mul(mul(get(weight), get(p)), sub(loadTwo(get(at)), get(mean)))),
        ]),
        ...advance(pair, constant(16)),
      ]),
      ...advance(panel, get(stride)),
      ...advance(keep, get(groupBytes)),
      ...advance(rowStart, either(get(shared), times(get(classes), constant(8)), get(stride))),
      ...advance(row, constant(1)),
    ]),
  ];
  return { name: 'softmaxCurvature', frame, body };
}
