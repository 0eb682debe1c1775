/**
 * A dataset as JSON and named binary arrays, and back, without loss: the form in
 * which the store keeps it. Numbers travel as little-endian typed arrays; levels and
 * feature names as string tables, so that the JSON stays small whatever the data.
 */
import { z } from 'zod';
import { LeverageError } from '../../shared/errors.ts';
import type { BlockData, Column, Dataset, FeatureBlock } from '../../shared/dataset.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface SerialisedArray {
  /** Unique within the dataset: "column.3.values", "block.data" … */
  name: string;
  bytes: Uint8Array;
}

export interface SerialisedDataset {
  meta: Json;
  arrays: SerialisedArray[];
}

const roles = z.enum(['target', 'feature', 'group', 'id', 'weight', 'ignore']);
const element = z.enum(['f8', 'f4', 'i4', 'u2', 'u1']);
type Element = z.output<typeof element>;

const metaSchema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  trainRows: z.number().int().nonnegative(),
  testRows: z.number().int().nonnegative(),
  source: z.string(),
  notes: z.array(z.string()),
  missingNumbers: z.enum(['mean', 'median', 'zero']).nullable(),
  image: z.strictObject({ height: z.number(), width: z.number(), maximum: z.number() }).nullable(),
  columns: z.array(z.strictObject({ kind: z.enum(['number', 'category']), name: z.string(), role: roles })),
  block: z
    .strictObject({
      kind: z.enum(['dense', 'sparse']),
      columns: z.number().int().nonnegative(),
      named: z.boolean(),
      scale: z.number(),
      element,
    })
    .nullable(),
});
type Meta = z.output<typeof metaSchema>;

/**
 * Takes a dataset apart. The arrays share memory with the dataset: write them out before changing anything.
 * @returns `meta` (plain JSON) and the arrays it refers to
 */
export function serialiseDataset(dataset: Dataset): SerialisedDataset {
  const arrays: SerialisedArray[] = [];
  dataset.columns.forEach((column, index) => {
    if (column.kind === 'number') {
      arrays.push({ name: `column.${index}.values`, bytes: bytesOf(column.values) });
    } else {
      arrays.push({ name: `column.${index}.codes`, bytes: bytesOf(column.codes) });
      arrays.push({ name: `column.${index}.levels`, bytes: packStrings(column.levels) });
    }
  });
  const { block } = dataset;
  if (block !== null) {
    arrays.push({ name: 'block.data', bytes: bytesOf(block.data) });
    if (block.names !== null) arrays.push({ name: 'block.names', bytes: packStrings(block.names) });
    if (block.kind === 'sparse') {
      arrays.push({ name: 'block.indices', bytes: bytesOf(block.indices) });
      arrays.push({ name: 'block.indptr', bytes: bytesOf(block.indptr) });
    }
  }
  const meta: Meta = {
    version: 1,
    name: dataset.name,
    trainRows: dataset.trainRows,
    testRows: dataset.testRows,
    source: dataset.source,
    notes: [...dataset.notes],
    missingNumbers: dataset.missingNumbers ?? null,
    image: dataset.image === null ? null : { ...dataset.image },
    columns: dataset.columns.map(({ kind, name, role }) => ({ kind, name, role })),
    block:
      block === null
        ? null
        : {
            kind: block.kind,
            columns: block.columns,
            named: block.names !== null,
            scale: block.scale,
            element: elementOf(block.data),
          },
  };
  return { meta, arrays };
}

/**
 * Puts a dataset together again.
 * @throws LeverageError 'storage' when an array is absent or has the wrong length
 */
export function deserialiseDataset(meta: Json, arrays: readonly SerialisedArray[]): Dataset {
  const parsed = metaSchema.safeParse(meta);
  if (!parsed.success) throw damaged('its description is not readable');
  const description = parsed.data;
  const byName = new Map(arrays.map((array) => [array.name, array.bytes]));
  const take = (name: string): Uint8Array => {
    const bytes = byName.get(name);
    if (bytes === undefined) throw damaged(`the array ${name} is absent`);
    return bytes;
  };
  const rows = description.trainRows + description.testRows;
  const columns = description.columns.map(({ kind, name, role }, index): Column => {
    if (kind === 'number') {
      const values = typed(take(`column.${index}.values`), 'f8', rows, name);
      return { kind, name, role, values: values as Float64Array };
    }
    const codes = typed(take(`column.${index}.codes`), 'i4', rows, name) as Int32Array;
    return { kind, name, role, codes, levels: unpackStrings(take(`column.${index}.levels`), name) };
  });
  const dataset: Dataset = {
    name: description.name,
    trainRows: description.trainRows,
    testRows: description.testRows,
    columns,
    block: description.block === null ? null : readBlock(description.block, rows, take),
    image: description.image,
    source: description.source,
    notes: description.notes,
  };
  if (description.missingNumbers !== null) dataset.missingNumbers = description.missingNumbers;
  return dataset;
}

function readBlock(block: NonNullable<Meta['block']>, rows: number, take: (name: string) => Uint8Array): FeatureBlock {
  const names = block.named ? unpackStrings(take('block.names'), 'the feature names') : null;
  const { columns, scale } = block;
  if (names !== null && names.length !== columns) throw damaged('the feature names are incomplete');
  if (block.kind === 'dense') {
    const data = typed(take('block.data'), block.element, rows * columns, 'the features');
    return { kind: 'dense', columns, names, scale, data };
  }
  const indptr = typed(take('block.indptr'), 'i4', rows + 1, 'the row pointers') as Int32Array;
  const entries = indptr[rows];
  const indices = typed(take('block.indices'), 'i4', entries, 'the column indices') as Int32Array;
  const data = typed(take('block.data'), block.element, entries, 'the features');
  return { kind: 'sparse', columns, names, scale, data, indices, indptr };
}

function damaged(what: string): LeverageError {
  return new LeverageError(
    'storage',
    `The stored dataset is damaged: ${what}.`,
    'Delete the dataset and import its files again.',
  );
}

function elementOf(data: BlockData): Element {
  if (data instanceof Float64Array) return 'f8';
  if (data instanceof Float32Array) return 'f4';
  if (data instanceof Int32Array) return 'i4';
  return data instanceof Uint16Array ? 'u2' : 'u1';
}

const BYTES_PER: Record<Element, number> = { f8: 8, f4: 4, i4: 4, u2: 2, u1: 1 };

function typed(bytes: Uint8Array, kind: Element, length: number, what: string): BlockData {
  const expected = length * BYTES_PER[kind];
  if (bytes.byteLength !== expected) {
    throw damaged(`${what} has ${bytes.byteLength} bytes instead of ${expected}`);
  }
  // A view must start on a multiple of its element; bytes from a database row need not.
  const aligned = bytes.byteOffset % BYTES_PER[kind] === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  if (kind === 'f8') return new Float64Array(buffer, byteOffset, length);
  if (kind === 'f4') return new Float32Array(buffer, byteOffset, length);
  if (kind === 'i4') return new Int32Array(buffer, byteOffset, length);
  if (kind === 'u2') return new Uint16Array(buffer, byteOffset, length);
  return new Uint8Array(buffer, byteOffset, length);
}

function bytesOf(array: BlockData): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** count (u32), then each string's length in UTF-8 bytes (u32), then the bytes. */
function packStrings(strings: readonly string[]): Uint8Array {
  const lengths = strings.map((text) => Buffer.byteLength(text, 'utf8'));
  const head = 4 + 4 * strings.length;
  const packed = Buffer.alloc(lengths.reduce((sum, length) => sum + length, head));
  packed.writeUInt32LE(strings.length, 0);
  let offset = head;
  strings.forEach((text, index) => {
    packed.writeUInt32LE(lengths[index], 4 + 4 * index);
    offset += packed.write(text, offset, 'utf8');
  });
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
}

function unpackStrings(bytes: Uint8Array, what: string): string[] {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = packed.length >= 4 ? packed.readUInt32LE(0) : -1;
  if (count < 0 || 4 + 4 * count > packed.length) throw damaged(`the strings of ${what} are cut short`);
  const strings: string[] = [];
  let offset = 4 + 4 * count;
  for (let index = 0; index < count; index++) {
    const end = offset + packed.readUInt32LE(4 + 4 * index);
    if (end > packed.length) throw damaged(`the strings of ${what} are cut short`);
    strings.push(packed.toString('utf8', offset, end));
    offset = end;
  }
  if (offset !== packed.length) throw damaged(`the strings of ${what} do not add up`);
  return strings;
}
