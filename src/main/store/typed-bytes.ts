/** The bytes of a typed array, without a copy. Arrays are kept little-endian, which every platform of the app is. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
