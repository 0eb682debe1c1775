/** Files that the tests drop: a table and an NPZ of two overlapping classes, written by hand. */
import { zipSync } from 'fflate';

/** Uniform in [0, 1), the same on every machine (a linear congruence is random enough for a picture of two clouds). */
function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Rows (x₁, x₂, x₃, class, site): the class moves the first two coordinates by 0.8. */
function clouds(rows: number, seed: number): { x: number[]; label: number; site: string }[] {
  const uniform = stream(seed);
  const bell = (): number => uniform() + uniform() + uniform() + uniform() - 2;
  return Array.from({ length: rows }, (_, i) => {
    const label = i % 2;
    return { x: [bell() + 0.8 * label, bell() - 0.8 * label, bell()], label, site: `site ${1 + (i % 5)}` };
  });
}

/** A CSV with a header, three numbers, a category and a text label. */
export function csvFile(rows = 240): string {
  const lines = clouds(rows, 1).map(({ x, label, site }) => [
    ...x.map((v) => v.toFixed(4)),
    site,
    label === 1 ? 'yes' : 'no',
  ]);
  return ['height,width,depth,site,answer', ...lines.map((line) => line.join(','))].join('\n') + '\n';
}

/** The same kind of data as an NPZ with a training and a test part. */
export function npzFile(trainRows = 200, testRows = 60): Uint8Array {
  const part = (rows: number, seed: number, name: string): Record<string, Uint8Array> => {
    const data = clouds(rows, seed);
    return {
      [`X_${name}.npy`]: npy('<f8', [rows, 3], new Uint8Array(Float64Array.from(data.flatMap((row) => row.x)).buffer)),
      [`y_${name}.npy`]: npy('|u1', [rows], Uint8Array.from(data.map((row) => row.label))),
    };
  };
  return zipSync({ ...part(trainRows, 2, 'train'), ...part(testRows, 3, 'test') });
}

/** NumPy's format 1.0: magic, header padded to 64 bytes, data. */
function npy(type: string, shape: number[], data: Uint8Array): Uint8Array {
  const dictionary = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11) + '\n';
  const start = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8];
  return new Uint8Array([...start, ...new TextEncoder().encode(header), ...data]);
}
