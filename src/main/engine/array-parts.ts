/**
 * Large typed arrays of an answer travel in parts: a message of tens of megabytes would
 * stop both processes' event loops while it is cloned (and Electron's ports dislike it).
 */
import type { ArrayPart } from './engine-messages.ts';

export const PART_BYTES = 8 * 1024 * 1024;

const ARRAY_TYPES = { Float64Array, Float32Array, Int32Array, Uint8Array } as const;
type ArrayTypeName = keyof typeof ARRAY_TYPES;

/** Stands where an array was, until its parts are put back. */
interface Placeholder {
  $array: ArrayTypeName;
  byteLength: number;
}

/** Takes the large arrays that are direct properties of `value` out of it. */
export function takeApart(value: unknown): { value: unknown; parts: ArrayPart[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    return { value, parts: [] };
  }
  const parts: ArrayPart[] = [];
  const entries = Object.entries(value).map(([key, entry]: [string, unknown]) => {
    const type = arrayType(entry);
    if (type === null || !ArrayBuffer.isView(entry) || entry.byteLength <= PART_BYTES) return [key, entry];
    for (let offset = 0; offset < entry.byteLength; offset += PART_BYTES) {
      const length = Math.min(PART_BYTES, entry.byteLength - offset);
      // A copy: cloning a view would clone the whole buffer behind it.
      const bytes = new Uint8Array(entry.buffer, entry.byteOffset + offset, length).slice();
      parts.push({ key, offset, bytes });
    }
    return [key, { $array: type, byteLength: entry.byteLength } satisfies Placeholder];
  });
  return parts.length === 0 ? { value, parts } : { value: Object.fromEntries(entries), parts };
}

/** Puts the arrays back. Throws when a part is missing. */
export function putTogether(value: unknown, parts: readonly ArrayPart[]): unknown {
  if (parts.length === 0 || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]: [string, unknown]) => {
    if (!isPlaceholder(entry)) return [key, entry];
    const bytes = new Uint8Array(entry.byteLength);
    let filled = 0;
    for (const part of parts) {
      if (part.key !== key) continue;
      bytes.set(part.bytes, part.offset);
      filled += part.bytes.length;
    }
    if (filled !== entry.byteLength)
      throw new Error(`the array "${key}" arrived with ${filled} of ${entry.byteLength} bytes`);
    return [key, new ARRAY_TYPES[entry.$array](bytes.buffer)];
  });
  return Object.fromEntries(entries);
}

function arrayType(value: unknown): ArrayTypeName | null {
  for (const [name, type] of Object.entries(ARRAY_TYPES)) if (value instanceof type) return name as ArrayTypeName;
  return null;
}

function isPlaceholder(value: unknown): value is Placeholder {
  return typeof value === 'object' && value !== null && '$array' in value;
}
