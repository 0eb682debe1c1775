/** The kernel's products over the entries: see ProductKernel for what each takes and leaves. */
import {
  add,
  advance,
  constant,
  Frame,
  get,
  isLess,
  load32,
  loadTwice,
  loadTwo,
  mul,
  mulAdd,
  type NumberTable,
  plus,
  set,
  storeTwo,
  times,
  when,
  whileLess,
  type Code,
  type FunctionCode,
} from './assembler.ts';

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

export function gather(numbers: NumberTable): FunctionCode {
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

export function scatter(numbers: NumberTable): FunctionCode {
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

export function total(numbers: NumberTable): FunctionCode {
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
