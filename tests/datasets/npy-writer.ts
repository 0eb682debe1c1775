/** NumPy arrays and NPZ files written from scratch, for tests of the reader. */
import { zipSync } from 'fflate';

export type NumberType = 'f4' | 'f8' | 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8' | 'b1';

const SET: Record<NumberType, (view: DataView, at: number, value: number, little: boolean) => void> = {
  f4: (view, at, value, little) => view.setFloat32(at, value, little),
  f8: (view, at, value, little) => view.setFloat64(at, value, little),
  i1: (view, at, value) => view.setInt8(at, value),
  i2: (view, at, value, little) => view.setInt16(at, value, little),
  i4: (view, at, value, little) => view.setInt32(at, value, little),
  i8: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
  u1: (view, at, value) => view.setUint8(at, value),
  u2: (view, at, value, little) => view.setUint16(at, value, little),
  u4: (view, at, value, little) => view.setUint32(at, value, little),
  u8: (view, at, value, little) => view.setBigUint64(at, BigInt(value), little),
  b1: (view, at, value) => view.setUint8(at, value),
};

/** An array file from its type string, shape and body. */
export function npy(descr: string, shape: readonly number[], body: Uint8Array, fortran = false): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sides}), }`;
  const header = Buffer.from(dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11) + '\n', 'latin1');
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([head, header, body]);
}

/** Numbers in row-major order, written in either byte order and either memory order (2-D). */
export function numberNpy(
  type: NumberType,
  shape: readonly number[],
  values: ArrayLike<number>,
  { big = false, fortran = false } = {},
): Uint8Array {
  const size = Number(type.slice(1));
  const body = new Uint8Array(values.length * size);
  const view = new DataView(body.buffer);
  const [rows, columns = 1] = shape;
  for (let i = 0; i < values.length; i++) {
    const at = fortran ? (i % columns) * rows + Math.floor(i / columns) : i;
    SET[type](view, at * size, values[i], !big);
  }
  return npy(`${big ? '>' : '<'}${type}`, shape, body, fortran);
}

/** numpy unicode strings (`<U`). */
export function stringNpy(values: readonly string[]): Uint8Array {
  const points = values.map((value) => Array.from(value, (char) => char.codePointAt(0) ?? 0));
  const width = Math.max(1, ...points.map((value) => value.length));
  const body = new Uint32Array(values.length * width);
  points.forEach((value, i) => body.set(value, i * width));
  return npy(`<U${width}`, [values.length], new Uint8Array(body.buffer));
}

export function npz(arrays: Record<string, Uint8Array>, compressed = true): Uint8Array {
  const entries = Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes]));
  return zipSync(entries, { level: compressed ? 6 : 0 });
}

/** 4 training and 2 test rows of 2 features. */
export function smallArrays(): Record<string, Uint8Array> {
  return {
    X_train: numberNpy('f4', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
    y_train: numberNpy('u1', [4], [0, 1, 0, 1]),
    X_test: numberNpy('f4', [2, 2], [9, 10, 11, 12]),
    y_test: numberNpy('u1', [2], [1, 0]),
  };
}
