/** Which format a file has, from its content; its name is asked only to say what a file is not. */
import { invalidInput } from '../../shared/errors.ts';
import { parseIdxHeader } from './idx-reader.ts';
import type { TableFormat } from './open-table.ts';
import { readHead } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import { looksLikeSvmlight } from './svmlight-reader.ts';

export type FileFormat = 'npz' | 'idx' | 'svmlight' | TableFormat;

export interface DetectedFile {
  file: SourceFile;
  format: FileFormat;
  gzip: boolean;
}

const HEAD_BYTES = 1 << 16;

/** Beginnings of files that people try and that are not read: what they are, what to do. */
const UNREAD: [string, string, string][] = [
  ['\x93NUMPY', 'a single NumPy array', 'Save X_train, y_train, X_test and y_test together with numpy.savez.'],
  ['PARE', 'an encrypted Parquet file', 'Write it without encryption.'],
  ['FEA1', 'a Feather file of version 1', 'Write it as Feather version 2, Parquet or CSV.'],
  ['\x89HDF', 'an HDF5 file', 'Save its arrays with numpy.savez.'],
  ['SQLite format 3', 'an SQLite database', 'Export the table as CSV.'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook', 'Save the sheet as CSV.'],
  ['MATLAB', 'a MATLAB file', 'Save its arrays with numpy.savez.'],
  ['\x80\x02', 'a Python pickle, which is never opened (it can run code)', 'Save its arrays with numpy.savez.'],
  ['\x80\x03', 'a Python pickle, which is never opened (it can run code)', 'Save its arrays with numpy.savez.'],
  ['\x80\x04', 'a Python pickle, which is never opened (it can run code)', 'Save its arrays with numpy.savez.'],
  ['\x80\x05', 'a Python pickle, which is never opened (it can run code)', 'Save its arrays with numpy.savez.'],
  ['\x89PNG', 'an image', 'Images are read from NPZ or IDX files.'],
  ['\xff\xd8\xff', 'an image', 'Images are read from NPZ or IDX files.'],
  ['%PDF', 'a PDF document', 'Export its table as CSV.'],
  ['7z\xbc\xaf', 'a 7-zip archive', 'Unpack it and import the files in it.'],
  ['BZh', 'a bzip2 file', 'Decompress it, or compress it with gzip.'],
  ['\xfd7zXZ', 'an xz file', 'Decompress it, or compress it with gzip.'],
  ['\xff\xfe', 'text in UTF-16', 'Save it as UTF-8.'],
  ['\xfe\xff', 'text in UTF-16', 'Save it as UTF-8.'],
];

/**
 * Looks at the head of the file (after `.gz`).
 * @throws LeverageError 'invalidInput' for an empty file and for a format that is not read
 */
export async function detectFormat(file: SourceFile): Promise<DetectedFile> {
  const { bytes, complete, gzip } = await readHead(file, HEAD_BYTES);
  if (bytes.length === 0) throw invalidInput(`${file.name} is empty.`, 'Choose a file with data.');
  const start = bytes.toString('latin1', 0, 16);
  if (start.startsWith('PK\x03\x04') || start.startsWith('PK\x05\x06')) return { file, format: 'npz', gzip };
  if (start.startsWith('PAR1')) return { file, format: 'parquet', gzip };
  if (start.startsWith('ARROW1') || beginsArrowStream(bytes)) return { file, format: 'arrow', gzip };
  const unread = UNREAD.find(([magic]) => start.startsWith(magic));
  if (unread !== undefined) throw invalidInput(`${file.name} is ${unread[1]}, which is not read.`, unread[2]);
  if (parseIdxHeader(bytes) !== null) return { file, format: 'idx', gzip };
  refuseMisnamed(file.name);
  if (bytes.includes(0)) {
    throw invalidInput(
      `${file.name} is a binary file of an unknown format.`,
      'CSV, TSV, Parquet, Arrow, JSON lines, NPZ, IDX and svmlight are read.',
    );
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  if (/^\s*\[/.test(text) && /"\s*:/.test(text)) {
    throw invalidInput(
      `${file.name} is one JSON document, which is not read.`,
      'Write one object per line (pandas: to_json(…, orient="records", lines=True)).',
    );
  }
  if (/^\s*\{/.test(text) && /"\s*:/.test(text)) return { file, format: 'jsonl', gzip };
  return { file, format: looksLikeSvmlight(text, complete) ? 'svmlight' : 'csv', gzip };
}

/** By the ending of the name: formats that announce themselves in their first bytes. */
const ANNOUNCED: readonly (readonly [ending: RegExp, format: string])[] = [
  [/\.(parquet|pq)(\.gz)?$/i, 'a Parquet file'],
  [/\.(arrow|feather|ipc)(\.gz)?$/i, 'an Arrow file'],
  [/\.npz(\.gz)?$/i, 'an NPZ file'],
];

/** A file that is named for such a format and does not begin like one is damaged or misnamed: no table to guess at. */
function refuseMisnamed(name: string): void {
  const named = ANNOUNCED.find(([ending]) => ending.test(name));
  if (named === undefined) return;
  throw invalidInput(
    `${name} is not ${named[1]}, though it is named like one: it does not begin as such files do.`,
    'It may be damaged or cut off: fetch or write it again. If it is something else, give it its own ending.',
  );
}

/** An encapsulated message: the continuation mark, then the length of a schema's description. */
function beginsArrowStream(bytes: Buffer): boolean {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== 0xffffffff) return false;
  const length = bytes.readInt32LE(4);
  return length > 0 && length % 8 === 0;
}
