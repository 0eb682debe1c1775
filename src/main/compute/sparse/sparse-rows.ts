/** Sparse rows in the memory of a product kernel: S·in and Sᵀ·in for panels of eight columns. */
import type { SparseMatrix } from '../../../shared/matrix.ts';
import { COLUMNS_AT_A_TIME, createSparseProduct, type SparseProduct } from './product-kernel.ts';

/** Numbers of a panel's row, and its bytes. */
export const PANEL = COLUMNS_AT_A_TIME;
const PANEL_BYTES = 8 * PANEL;

/** Where compressed rows lie: byte addresses. */
interface Compressed {
  indptr: number;
  indices: number;
  values: number;
  rows: number;
}

export class SparseRows {
  readonly rows: number;
  readonly columns: number;
  /** columns × 8: what margins are taken of, and where combinations end. */
  readonly parameters: Float64Array;
  /** rows × 8: where margins end, and what is combined. */
  readonly over: Float64Array;
  /** rows × 8: factors of scaledMargins. */
  readonly scale: Float64Array;
  private readonly kernel: SparseProduct;
  private readonly byRow: Compressed;
  private readonly byColumn: Compressed;
  private readonly at: { parameters: number; over: number; scale: number };

  constructor(X: SparseMatrix) {
    const { rows, columns } = X;
    this.rows = rows;
    this.columns = columns;
    const entries = X.indptr[rows];
    let bytes = 16;
    const reserve = (count: number, size: number): number => {
      const address = bytes;
      bytes += Math.ceil((count * size) / 16) * 16;
      return address;
    };
    const compressed = (lines: number): Compressed => ({
      indptr: reserve(lines + 1, 4),
      indices: reserve(entries, 4),
      values: reserve(entries, 8),
      rows: lines,
    });
    this.byRow = compressed(rows);
    this.byColumn = compressed(columns);
    this.at = {
      parameters: reserve(columns * PANEL, 8),
      over: reserve(rows * PANEL, 8),
      scale: reserve(rows * PANEL, 8),
    };
    this.kernel = createSparseProduct(bytes);
    this.parameters = this.floats(this.at.parameters, columns * PANEL);
    this.over = this.floats(this.at.over, rows * PANEL);
    this.scale = this.floats(this.at.scale, rows * PANEL);
    this.write(this.byRow, X);
    this.write(this.byColumn, transposed(X));
  }

  private floats(address: number, length: number): Float64Array {
    return new Float64Array(this.kernel.memory.buffer, address, length);
  }

  private write({ indptr, indices, values, rows }: Compressed, X: SparseMatrix): void {
    const { buffer } = this.kernel.memory;
    const entries = X.indptr[rows];
    new Int32Array(buffer, indptr, rows + 1).set(X.indptr);
    new Int32Array(buffer, indices, entries).set(X.indices.subarray(0, entries));
    this.floats(values, entries).set(X.values.subarray(0, entries));
  }

  /** over ← X·parameters, times `scale` where asked. */
  margins(scaled: boolean): void {
    const { parameters, over, scale } = this.at;
    const { indptr, indices, values, rows } = this.byRow;
    this.kernel.multiply(indptr, indices, values, rows, parameters, over, PANEL_BYTES, scaled ? scale : 0, 0);
  }

  /** parameters ← Xᵀ·over. */
  combine(): void {
    const { parameters, over } = this.at;
    const { indptr, indices, values, rows } = this.byColumn;
    this.kernel.multiply(indptr, indices, values, rows, over, parameters, PANEL_BYTES, 0, 0);
  }
}

function transposed({ rows, columns, indptr, indices, values }: SparseMatrix): SparseMatrix {
  const entries = indptr[rows];
  const starts = new Int32Array(columns + 1);
  for (let e = 0; e < entries; e++) starts[indices[e] + 1]++;
  for (let j = 0; j < columns; j++) starts[j + 1] += starts[j];
  const next = starts.slice();
  const out = new Int32Array(entries);
  const moved = new Float64Array(entries);
  for (let i = 0; i < rows; i++) {
    for (let e = indptr[i]; e < indptr[i + 1]; e++) {
      const at = next[indices[e]]++;
      out[at] = i;
      moved[at] = values[e];
    }
  }
  return { kind: 'sparse', rows: columns, columns: rows, indptr: starts, indices: out, values: moved };
}
