/**
 * The product of a sparse matrix with a block of dense columns, as a WebAssembly module of 128-bit vectors that is
 * assembled here: JavaScript alone does a tenth of it.
 *
 *   out (rows × C) = [scale ∘] S·in (columns × C)   or   out += S·in
 *
 * C contiguous numbers a row ("columns side by side"), C a multiple of 8. Sums run over a row's entries in their
 * order, each column for itself: a column's result depends neither on its neighbours nor on C.
 * Source: WebAssembly Core Specification 2.0 (binary format; vector instructions).
 */

export interface SparseProduct {
  readonly memory: WebAssembly.Memory;
  /**
   * @param indptr  byte address of rows + 1 int32
   * @param indices byte address of the entries' columns, int32
   * @param values  byte address of the entries, float64
   * @param stride  bytes of a row of `input` and `output`: 8·C, a multiple of 64
   * @param scale   byte address of rows × C factors, or 0
   * @param add     1: added to what is at `output`; 0: replaces it
   */
  multiply(
    indptr: number,
    indices: number,
    values: number,
    rows: number,
    input: number,
    output: number,
    stride: number,
    scale: number,
    add: number,
  ): void;
}

/** Columns that one pass over a row keeps in registers. */
export const COLUMNS_AT_A_TIME = 8;

export function createSparseProduct(bytes: number): SparseProduct {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536) });
  compiled ??= new WebAssembly.Module(assemble());
  const { multiply } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
  return { memory, multiply: multiply as SparseProduct['multiply'] };
}

let compiled: WebAssembly.Module | null = null;

const I32 = 0x7f;
const V128 = 0x7b;

// Parameters, then locals, by index.
const [INDPTR, INDICES, VALUES, ROWS, INPUT, OUTPUT, STRIDE, SCALE, ADD] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const [TILE, ROW, ENTRY, END, FROM, TO] = [9, 10, 11, 12, 13, 14];
/** The sums of eight columns, and an entry repeated. */
const SUMS = [15, 16, 17, 18];
const VALUE = 19;

function assemble(): Uint8Array<ArrayBuffer> {
  const eachSum = (code: (sum: number, offset: number) => number[]): number[] =>
    SUMS.flatMap((sum, at) => code(sum, 16 * at));
  const zero = (sum: number): number[] => [0xfd, 0x0c, ...new Array<number>(16).fill(0), ...set(sum)];
  const entry = [
    // from = input + indices[entry]·stride + tile
    ...get(INPUT),
    ...get(INDICES),
    ...get(ENTRY),
    ...constant(2),
    0x74,
    0x6a,
    ...load32(0),
    ...get(STRIDE),
    0x6c,
    0x6a,
    ...get(TILE),
    0x6a,
    ...set(FROM),
    // value = values[entry], twice
    ...get(VALUES),
    ...get(ENTRY),
    ...constant(3),
    0x74,
    0x6a,
    0xfd,
    0x0a,
    3,
    0,
    ...set(VALUE),
    ...eachSum((sum, offset) => [
      ...get(sum),
      ...get(VALUE),
      ...get(FROM),
      0xfd,
      0x00,
      4,
      ...unsigned(offset),
      ...MULTIPLY,
      ...PLUS,
      ...set(sum),
    ]),
    ...increase(ENTRY, [...constant(1)]),
  ];
  const row = [
    // to = output + row·stride + tile
    ...get(OUTPUT),
    ...get(ROW),
    ...get(STRIDE),
    0x6c,
    0x6a,
    ...get(TILE),
    0x6a,
    ...set(TO),
    ...when(
      get(ADD),
      eachSum((sum, offset) => [...get(TO), 0xfd, 0x00, 4, ...unsigned(offset), ...set(sum)]),
      eachSum(zero),
    ),
    ...get(INDPTR),
    ...get(ROW),
    ...constant(2),
    0x74,
    0x6a,
    ...load32(0),
    ...set(ENTRY),
    ...get(INDPTR),
    ...get(ROW),
    ...constant(2),
    0x74,
    0x6a,
    ...load32(4),
    ...set(END),
    ...whileLess(ENTRY, END, entry),
    ...when(
      get(SCALE),
      [
        // from = scale + row·stride + tile
        ...get(SCALE),
        ...get(ROW),
        ...get(STRIDE),
        0x6c,
        0x6a,
        ...get(TILE),
        0x6a,
        ...set(FROM),
        ...eachSum((sum, offset) => [
          ...get(sum),
          ...get(FROM),
          0xfd,
          0x00,
          4,
          ...unsigned(offset),
          ...MULTIPLY,
          ...set(sum),
        ]),
      ],
      [],
    ),
    ...eachSum((sum, offset) => [...get(TO), ...get(sum), 0xfd, 0x0b, 4, ...unsigned(offset)]),
    ...increase(ROW, constant(1)),
  ];
  const tile = [
    ...constant(0),
    ...set(ROW),
    ...whileLess(ROW, ROWS, row),
    ...increase(TILE, constant(8 * COLUMNS_AT_A_TIME)),
  ];
  const code = [...whileLess(TILE, STRIDE, tile), 0x0b];
  const locals = [2, 6, I32, 5, V128];
  const body = [...locals, ...code];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 9, ...new Array<number>(9).fill(I32), 0]),
    ...section(2, [1, ...name('env'), ...name('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('multiply'), 0x00, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

// f64x2.mul, f64x2.add
const MULTIPLY = [0xfd, 0xf2, 0x01];
const PLUS = [0xfd, 0xf0, 0x01];

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant = (value: number): number[] => [0x41, ...signed(value)];
const load32 = (offset: number): number[] => [0x28, 2, ...unsigned(offset)];
const increase = (local: number, by: number[]): number[] => [...get(local), ...by, 0x6a, ...set(local)];
const when = (condition: number[], then: number[], otherwise: number[]): number[] => [
  ...condition,
  0x04,
  0x40,
  ...then,
  ...(otherwise.length > 0 ? [0x05, ...otherwise] : []),
  0x0b,
];
/** while (a < b) body, as block { loop { if !(a < b) leave; body; again } }. */
const whileLess = (a: number, b: number, body: number[]): number[] => [
  0x02,
  0x40,
  0x03,
  0x40,
  ...get(a),
  ...get(b),
  0x48,
  0x45,
  0x0d,
  1,
  ...body,
  0x0c,
  0,
  0x0b,
  0x0b,
];

const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
