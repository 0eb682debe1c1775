/** IDX files (MNIST's format): images and labels, big-endian, their shape in the header. */
import { invalidInput } from '../../shared/errors.ts';
import type { BlockData, Column, Dataset, ImageShape } from '../../shared/dataset.ts';
import { stackBlocks } from './row-selection.ts';
import { contentChunks, DEFLATE_MAX_RATIO, readHead } from './source-file.ts';
import type { ReadControl, SourceFile } from './source-file.ts';

export interface IdxPair {
  images: SourceFile;
  labels: SourceFile;
}

export interface IdxOptions {
  /** Dropped from the front of the training rows. */
  validationRows: number;
  /** At most this many training rows, after the validation rows; null for all. */
  trainRows: number | null;
  /** Multiplies every pixel; null: 1/255 for bytes, 1 otherwise. */
  scale: number | null;
}

export interface IdxHeader {
  /** 8 unsigned byte, 9 signed byte, 11 short, 12 int, 13 float, 14 double. */
  type: number;
  shape: number[];
}

const ELEMENT_BYTES: Record<number, number> = { 8: 1, 9: 1, 11: 2, 12: 4, 13: 4, 14: 8 };

/** The header if the bytes begin as an IDX file does, else null. */
export function parseIdxHeader(bytes: Buffer): IdxHeader | null {
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0) return null;
  const type = bytes[2];
  const axes = bytes[3];
  if (!(type in ELEMENT_BYTES) || axes < 1 || axes > 4 || bytes.length < 4 + 4 * axes) return null;
  return { type, shape: Array.from({ length: axes }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis)) };
}

/** Reads the header of an IDX file. */
export async function idxHeader(file: SourceFile): Promise<IdxHeader> {
  const { bytes } = await readHead(file, 20);
  const header = parseIdxHeader(bytes);
  if (header === null)
    throw invalidInput(`${file.name} is not an IDX file.`, 'Choose images and labels in IDX format.');
  return header;
}

/**
 * Reads images and labels of the training rows and, if given, of the test rows.
 * @throws LeverageError 'invalidInput' naming the file
 */
export async function readIdx(
  train: IdxPair,
  test: IdxPair | null,
  options: IdxOptions,
  control: ReadControl,
): Promise<Dataset> {
  const first = options.validationRows;
  const trainPart = await readPair(train, first, options.trainRows, control);
  const testPart = test === null ? null : await readPair(test, 0, null, control);
  if (testPart !== null && testPart.sides.join('×') !== trainPart.sides.join('×')) {
    throw invalidInput(
      `The images of ${train.images.name} are ${trainPart.sides.join('×')} and those of ${test?.images.name} are ${testPart.sides.join('×')}.`,
      'Training and test images need the same size.',
    );
  }
  const parts = testPart === null ? [trainPart] : [trainPart, testPart];
  const data = stackBlocks(parts.map((part) => part.pixels));
  const scale = options.scale ?? (data instanceof Uint8Array ? 1 / 255 : 1);
  const label: Column = {
    kind: 'number',
    name: 'label',
    role: 'target',
    values: Float64Array.from(parts.flatMap((part) => Array.from(part.labels))),
  };
  const files = [train, ...(test === null ? [] : [test])].flatMap((pair) => [pair.images.name, pair.labels.name]);
  const notes: string[] = [];
  if (first > 0) notes.push(`The first ${first} rows of ${train.images.name} are left out (validation rows).`);
  return {
    name: '',
    trainRows: trainPart.rows,
    testRows: testPart?.rows ?? 0,
    columns: [label],
    block: { kind: 'dense', columns: trainPart.columns, names: null, scale, data },
    image: imageShape(trainPart.sides, data, scale),
    source: files.join(' + '),
    notes,
  };
}

function imageShape(sides: readonly number[], data: BlockData, scale: number): ImageShape | null {
  if (sides.length !== 2) return null;
  let maximum = data instanceof Uint8Array ? 255 : 0;
  if (maximum === 0) for (const value of data) if (value > maximum) maximum = value;
  return { height: sides[0], width: sides[1], maximum: (maximum || 1) * scale };
}

interface PairPart {
  rows: number;
  columns: number;
  sides: number[];
  pixels: BlockData;
  labels: BlockData;
}

async function readPair(pair: IdxPair, first: number, limit: number | null, control: ReadControl): Promise<PairPart> {
  const images = await idxHeader(pair.images);
  const labels = await idxHeader(pair.labels);
  if (labels.shape.length !== 1) {
    throw invalidInput(
      `${pair.labels.name} has ${labels.shape.length} axes; labels have one.`,
      'Is it the file of the images?',
    );
  }
  const [rows, ...sides] = images.shape;
  const columns = sides.reduce((product, side) => product * side, 1);
  if (sides.length === 0 || columns === 0) {
    throw invalidInput(
      `${pair.images.name} holds no images: its shape is ${images.shape.join('×')}.`,
      'Is it the file of the labels?',
    );
  }
  if (labels.shape[0] !== rows) {
    throw invalidInput(
      `${pair.images.name} has ${rows} images and ${pair.labels.name} has ${labels.shape[0]} labels.`,
      'Choose the labels that belong to the images.',
    );
  }
  const end = limit === null ? rows : first + limit;
  if (first >= rows || end > rows) {
    throw invalidInput(
      `${pair.images.name} has ${rows} rows, too few for ${first} validation rows${limit === null ? '' : ` and ${limit} training rows`}.`,
      'Lower "validationRows" or "trainRows".',
    );
  }
  return {
    rows: end - first,
    columns,
    sides,
    pixels: await readElements(pair.images, images, columns, first, end, control),
    labels: await readElements(pair.labels, labels, 1, first, end, control),
  };
}

/** Elements of rows `first`…`end` − 1. */
async function readElements(
  file: SourceFile,
  header: IdxHeader,
  perRow: number,
  first: number,
  end: number,
  control: ReadControl,
): Promise<BlockData> {
  const rowBytes = perRow * ELEMENT_BYTES[header.type];
  const start = 4 + 4 * header.shape.length + first * rowBytes;
  const total = 4 + 4 * header.shape.length + header.shape[0] * rowBytes;
  // Before anything is allocated: could a file of this size hold what its header announces?
  if (total > 64 + file.bytes * DEFLATE_MAX_RATIO) throw shorter(file, header);
  const body = Buffer.alloc((end - first) * rowBytes);
  let position = 0;
  for await (const chunk of contentChunks(file, control, () =>
    Math.max(0, Math.floor((position - start) / rowBytes)),
  )) {
    const from = Math.max(0, start - position);
    const at = position + from - start;
    if (from < chunk.length && at < body.length) chunk.copy(body, at, from);
    position += chunk.length;
    if (position >= start + body.length && end < header.shape[0]) return decode(body, header.type);
  }
  if (position < total) throw shorter(file, header);
  if (position > total) {
    throw invalidInput(
      `${file.name} holds ${position - total} bytes more than its shape ${header.shape.join('×')} announces.`,
      'The file is damaged: download it again.',
    );
  }
  return decode(body, header.type);
}

function shorter(file: SourceFile, header: IdxHeader): Error {
  return invalidInput(
    `${file.name} ends early: its header announces ${header.shape.join('×')} values.`,
    'Copy or download it again.',
  );
}

function decode(body: Buffer, type: number): BlockData {
  const bytes = new Uint8Array(body);
  if (type === 8) return bytes;
  if (type === 9) return Int32Array.from(new Int8Array(bytes.buffer));
  const swapped = Buffer.from(bytes.buffer);
  if (type === 11) return Int32Array.from(new Int16Array(swapped.swap16().buffer));
  if (type === 12) return new Int32Array(swapped.swap32().buffer);
  if (type === 13) return new Float32Array(swapped.swap32().buffer);
  return new Float64Array(swapped.swap64().buffer);
}
