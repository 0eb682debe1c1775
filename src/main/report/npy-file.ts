/** A NumPy array file (.npy, format 1.0) written piece by piece, so that it need never be held in memory. */
import { closeSync, openSync, writeSync } from 'node:fs';

export type NpyType = '<f4' | '<f8';

/** Its magic, version and dictionary, padded to a multiple of 64 bytes as the format asks. */
export function npyHeader(type: NpyType, shape: readonly [rows: number, columns: number]): Uint8Array {
  const dictionary = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const before = 10;
  const length = Math.ceil((before + dictionary.length + 1) / 64) * 64 - before;
  const text = `${dictionary.padEnd(length - 1)}\n`;
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  return Buffer.concat([head, Buffer.from(text, 'latin1')]);
}

export interface NpyPart {
  /** Writes `values` from the given place of a row on; a whole number of rows, or a part of one. */
  write(row: number, column: number, values: Float32Array | Float64Array): void;
  close(): void;
}

/** Begins the file. Throws the error of the file system. */
export function createNpy(path: string, type: NpyType, shape: readonly [rows: number, columns: number]): void {
  const file = openSync(path, 'w');
  try {
    writeAll(file, npyHeader(type, shape), 0);
  } finally {
    closeSync(file);
  }
}

/** Opens a begun file for its rows, which several threads may write at once. */
export function openNpy(path: string, type: NpyType, shape: readonly [rows: number, columns: number]): NpyPart {
  const file = openSync(path, 'r+');
  const start = npyHeader(type, shape).length;
  const width = type === '<f4' ? 4 : 8;
  return {
    write(row, column, values) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      writeAll(file, bytes, start + width * (row * shape[1] + column));
    },
    close: () => closeSync(file),
  };
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, position + done);
}
