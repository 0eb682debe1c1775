/** Row lists of the golden files: the same rules as tests/golden/rows.py. */

export type RowsSpec =
  | { rows: number[] }
  | { start: number; step: number; count: number }
  | { hash: number; count: number; class?: number }
  | { column: string; level: string }
  | { class: number };

/** murmur3's 32-bit finaliser of i + 0x9e3779b9 · (seed + 1). */
export function mixed(seed: number, n: number): Uint32Array {
  const offset = Math.imul(0x9e3779b9, seed + 1) >>> 0;
  return Uint32Array.from({ length: n }, (_, i) => {
    let h = (i + offset) >>> 0;
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  });
}

/** Ascending 0-based training rows. */
export function rowsOf(
  spec: RowsSpec,
  y: Int32Array,
  columns: Readonly<Record<string, readonly string[]>>,
): Int32Array {
  if ('rows' in spec) return Int32Array.from(spec.rows).sort();
  if ('start' in spec) return Int32Array.from({ length: spec.count }, (_, i) => spec.start + i * spec.step);
  const all = Int32Array.from(y.keys());
  if ('column' in spec) return all.filter((i) => columns[spec.column][i] === spec.level);
  const pool = spec.class === undefined ? all : all.filter((i) => y[i] === spec.class);
  if (!('hash' in spec)) return pool;
  const key = mixed(spec.hash, y.length);
  const ordered = [...pool].sort((a, b) => key[a] - key[b] || a - b);
  return Int32Array.from(ordered.slice(0, spec.count)).sort();
}
