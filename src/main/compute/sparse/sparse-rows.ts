/** A shifted matrix in the memory of a product kernel, in blocks of rows, with the panel of columns that is computed with. */
import type { ShiftedMatrix } from '../shifted-matrix.ts';
import { createProductKernel, PAGE_BYTES, RESERVED_BYTES, type ProductKernel } from './product-kernel.ts';
import { SIDES } from './logistic-middles.ts';

/** Columns of a panel come in steps of this many. */
export const COLUMN_STEP = 8;
/** Entries that a column has in a block on average, so that its sum is not fetched and put back for too few. */
const ENTRIES_PER_LINE = 8;
const FEWEST_BLOCK_ROWS = 128;
const MOST_BLOCK_ROWS = 1024;
/** Rows start … start + rows − 1, compressed by row and by column: byte addresses. */
export interface RowBlock {
  start: number;
  rows: number;
  byRow: { indptr: number; indices: number; values: number };
  byColumn: { lines: number; indptr: number; indices: number; values: number; count: number };
}

/** Views of the memory for one width; those over rows hold one block. */
export interface Panel {
  /** C. */
  width: number;
  /** p×C. */
  parameters: Float64Array;
  /** p×C. */
  gradient: Float64Array;
  /** rows×C: margins, and what is combined. */
  steps: Float64Array;
  /** rows×C. */
  factors: Float64Array;
  /** rows×C. */
  held: Float64Array;
  /** rows×SIDES. */
  sides: Float64Array;
  /** C. */
  totals: Float64Array;
  /** The largest step met, two numbers. */
  largest: Float64Array;
  at: Record<
    'parameters' | 'gradient' | 'steps' | 'factors' | 'held' | 'sides' | 'totals' | 'offsets' | 'largest',
    number
  >;
  offsets: Float64Array;
}

export class SparseRows {
  readonly rows: number;
  readonly columns: number;
  readonly blocks: readonly RowBlock[];
  readonly kernel: ProductKernel;
  private readonly shift: Float64Array;
  private readonly blockRows: number;
  /** Where the panel begins. */
  private readonly scratch: number;
  private panel: Panel | null = null;

  constructor(X: ShiftedMatrix) {
    this.rows = X.rows;
    this.columns = X.columns;
    this.shift = X.shift.slice();
    const entries = X.indptr[X.rows];
    const density = entries / Math.max(1, X.rows * X.columns);
    this.blockRows = Math.min(
      MOST_BLOCK_ROWS,
      Math.max(FEWEST_BLOCK_ROWS, 2 ** Math.ceil(Math.log2(ENTRIES_PER_LINE / Math.max(density, 1e-6)))),
    );
    const layout = new Layout();
    const cuts = cut(X, this.blockRows);
    const places = cuts.map(({ start, rows, lines, count }) => ({
      start,
      rows,
      byRow: { indptr: layout.take(4 * (rows + 1)), indices: layout.take(4 * count), values: layout.take(8 * count) },
      byColumn: {
        lines: layout.take(4 * lines),
        indptr: layout.take(4 * (lines + 1)),
        indices: layout.take(4 * count),
        values: layout.take(8 * count),
        count: lines,
      },
    }));
    this.scratch = layout.bytes;
    this.kernel = createProductKernel(layout.bytes + this.panelLayout(COLUMN_STEP).bytes);
    const { buffer } = this.kernel.memory;
    for (const block of places) writeBlock(buffer, X, block);
    this.blocks = places;
  }

  /** The memory as a panel of `width` columns: what a panel of another width held is lost. */
  use(width: number): Panel {
    if (this.panel?.width === width) return this.panel;
    const { at, bytes } = this.panelLayout(width);
    const { memory } = this.kernel;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    const view = (address: number, length: number): Float64Array => new Float64Array(memory.buffer, address, length);
    this.panel = {
      width,
      at,
      parameters: view(at.parameters, this.columns * width),
      gradient: view(at.gradient, this.columns * width),
      steps: view(at.steps, this.blockRows * width),
      factors: view(at.factors, this.blockRows * width),
      held: view(at.held, this.blockRows * width),
      sides: view(at.sides, this.blockRows * SIDES),
      totals: view(at.totals, width),
      offsets: view(at.offsets, width),
      largest: view(at.largest, 2),
    };
    return this.panel;
  }

  private panelLayout(width: number): { at: Panel['at']; bytes: number } {
    const layout = new Layout(this.scratch);
    const overColumns = 8 * this.columns * width;
    const overRows = 8 * this.blockRows * width;
    const at = {
      parameters: layout.take(overColumns),
      gradient: layout.take(overColumns),
      steps: layout.take(overRows),
      factors: layout.take(overRows),
      held: layout.take(overRows),
      sides: layout.take(8 * SIDES * this.blockRows),
      totals: layout.take(8 * width),
      offsets: layout.take(8 * width),
      largest: layout.take(16),
    };
    return { at, bytes: layout.bytes };
  }

  /** Readies margins of `panel.parameters`: what the shift contributes to each. */
  beginMargins({ width, parameters, offsets }: Panel): void {
    offsets.fill(0);
    for (let j = 0; j < this.columns; j++) {
      const shift = this.shift[j];
      if (shift === 0) continue;
      for (let c = 0; c < width; c++) offsets[c] += shift * parameters[j * width + c];
    }
  }

  /** panel.steps ← margins of the block's rows, times `panel.factors` where asked. */
  margins({ width, at }: Panel, block: RowBlock, scaled: boolean): void {
    const { indptr, indices, values } = block.byRow;
    const scale = scaled ? at.factors : 0;
    this.kernel.gather(indptr, indices, values, block.rows, at.parameters, at.steps, 8 * width, at.offsets, scale);
  }

  beginCombine({ gradient, totals }: Panel): void {
    gradient.fill(0);
    totals.fill(0);
  }

  /** Adds the block's share of Xᵀ·steps. @param from columns of X before it are left out */
  combine({ width, at }: Panel, block: RowBlock, from = 0): void {
    const { lines, indptr, indices, values, count } = block.byColumn;
    const skip = from === 0 ? 0 : this.linesBefore(block, from);
    this.kernel.scatter(
      lines + 4 * skip,
      indptr + 4 * skip,
      indices,
      values,
      count - skip,
      at.steps,
      at.gradient,
      8 * width,
    );
    this.kernel.total(at.steps, block.rows, at.totals, 8 * width, 0);
  }

  private linesBefore({ byColumn: { lines, count } }: RowBlock, column: number): number {
    const columns = new Int32Array(this.kernel.memory.buffer, lines, count);
    let before = 0;
    while (before < count && columns[before] < column) before++;
    return before;
  }

  /** panel.gradient ← the sum of what the blocks added, with the shift's share. */
  endCombine({ width, gradient, totals }: Panel): void {
    for (let j = 0; j < this.columns; j++) {
      const shift = this.shift[j];
      if (shift === 0) continue;
      for (let c = 0; c < width; c++) gradient[j * width + c] += shift * totals[c];
    }
  }
}

/** Gives out memory in order, each part at a multiple of 16. */
class Layout {
  bytes: number;

  constructor(start = RESERVED_BYTES) {
    this.bytes = start;
  }

  take(bytes: number): number {
    const address = this.bytes;
    this.bytes += Math.ceil(bytes / 16) * 16;
    return address;
  }
}

/** Blocks of rows with the number of their entries and of the columns that have one. */
function cut({ rows: n, columns, indptr, indices }: ShiftedMatrix, blockRows: number) {
  const seen = new Int32Array(columns).fill(-1);
  const cuts: { start: number; rows: number; count: number; lines: number }[] = [];
  for (let start = 0; start < n; start += blockRows) {
    const rows = Math.min(blockRows, n - start);
    let lines = 0;
    for (let e = indptr[start]; e < indptr[start + rows]; e++) {
      if (seen[indices[e]] === start) continue;
      seen[indices[e]] = start;
      lines++;
    }
    cuts.push({ start, rows, count: indptr[start + rows] - indptr[start], lines });
  }
  return cuts;
}

function writeBlock(buffer: ArrayBuffer, X: ShiftedMatrix, { start, rows, byRow, byColumn }: RowBlock): void {
  const from = X.indptr[start];
  const to = X.indptr[start + rows];
  const indptr = new Int32Array(buffer, byRow.indptr, rows + 1);
  for (let i = 0; i <= rows; i++) indptr[i] = X.indptr[start + i] - from;
  new Int32Array(buffer, byRow.indices, to - from).set(X.indices.subarray(from, to));
  new Float64Array(buffer, byRow.values, to - from).set(X.values.subarray(from, to));

  const perColumn = new Int32Array(X.columns);
  for (let e = from; e < to; e++) perColumn[X.indices[e]]++;
  const lines = new Int32Array(buffer, byColumn.lines, byColumn.count);
  const starts = new Int32Array(buffer, byColumn.indptr, byColumn.count + 1);
  const next = new Int32Array(X.columns);
  let line = 0;
  for (let j = 0; j < X.columns; j++) {
    if (perColumn[j] === 0) continue;
    lines[line] = j;
    next[j] = starts[line];
    starts[line + 1] = starts[line] + perColumn[j];
    line++;
  }
  const rowOf = new Int32Array(buffer, byColumn.indices, to - from);
  const values = new Float64Array(buffer, byColumn.values, to - from);
  for (let i = 0; i < rows; i++) {
    for (let e = X.indptr[start + i]; e < X.indptr[start + i + 1]; e++) {
      const at = next[X.indices[e]]++;
      rowOf[at] = i;
      values[at] = X.values[e];
    }
  }
}
