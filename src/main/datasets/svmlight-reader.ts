/** svmlight / libsvm text: "label index:value index:value … # comment", one row per line. */
import { invalidInput } from '../../shared/errors.ts';
import type { Dataset } from '../../shared/dataset.ts';
import { MAX_SPARSE_COLUMNS } from './npz-sparse.ts';
import { contentChunks } from './source-file.ts';
import type { ReadControl, SourceFile } from './source-file.ts';

/** Above this, features go by their 0-based position: a million names say nothing. */
const MAX_NAMED_COLUMNS = 100_000;
/** A line no longer than this: anything more is not svmlight text. */
const MAX_LINE_CHARACTERS = 64 << 20;

/** Whether the lines of `head` (the last one may be cut) are svmlight text. */
export function looksLikeSvmlight(head: string, complete: boolean): boolean {
  const lines = head.split(/\r?\n|\r/);
  if (!complete && lines.length > 1) lines.pop();
  const rows = lines.slice(0, 100).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const pattern = /^\s*[+-]?[\d.]+(?:[eE][+-]?\d+)?(?:\s+(?:qid|\d+):\S+)*\s*(?:#.*)?$/;
  return rows.some((line) => line.includes(':')) && rows.every((line) => pattern.test(line));
}

/** Reads a training file and, if given, a test file; indices count from 0 if a 0 occurs in either, else from 1. */
export async function readSvmlight(train: SourceFile, test: SourceFile | null, control: ReadControl): Promise<Dataset> {
  const rows = new SparseRows();
  const trainRows = await readInto(rows, train, control);
  const testRows = test === null ? 0 : await readInto(rows, test, control);
  const base = rows.smallest === 0 ? 0 : 1;
  const columns = Math.max(1, rows.largest + 1 - base);
  const indices = rows.indices.take(Int32Array);
  if (base === 1) for (let i = 0; i < indices.length; i++) indices[i] -= 1;
  return {
    name: '',
    trainRows,
    testRows,
    columns: [{ kind: 'number', name: 'label', role: 'target', values: rows.labels.take(Float64Array) }],
    block: {
      kind: 'sparse',
      columns,
      // Named as the file counts them.
      names: base === 0 || columns > MAX_NAMED_COLUMNS ? null : Array.from({ length: columns }, (_, j) => `x${j + 1}`),
      scale: 1,
      data: rows.values.take(Float64Array),
      indices,
      indptr: rows.ends.take(Int32Array),
    },
    image: null,
    source: test === null ? train.name : `${train.name} + ${test.name}`,
    notes: [`Feature indices count from ${base}.`],
  };
}

async function readInto(rows: SparseRows, file: SourceFile, control: ReadControl): Promise<number> {
  const before = rows.labels.length;
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let line = 0;
  for await (const chunk of contentChunks(file, control, () => rows.labels.length - before)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS)
      throw invalidInput(`${file.name}, line ${line + 1} is longer than 64 MB.`, 'Check the file.');
    for (const text of lines) rows.add(text, `${file.name}, line ${(line += 1)}`);
  }
  rows.add(rest + decoder.decode(), `${file.name}, line ${line + 1}`);
  if (rows.labels.length === before) throw invalidInput(`${file.name} has no rows.`, 'Check the file.');
  return rows.labels.length - before;
}

class SparseRows {
  readonly labels = new GrowingNumbers();
  readonly values = new GrowingNumbers();
  readonly indices = new GrowingNumbers();
  readonly ends = new GrowingNumbers([0]);
  smallest = Infinity;
  largest = -1;

  add(line: string, where: string): void {
    const comment = line.indexOf('#');
    const text = (comment < 0 ? line : line.slice(0, comment)).trim();
    if (text === '') return;
    const [label, ...entries] = text.split(/\s+/);
    this.labels.push(finiteNumber(label, where, 'The label'));
    let previous = -1;
    for (const entry of entries) {
      const colon = entry.indexOf(':');
      if (entry.startsWith('qid:')) continue;
      const index = Number(entry.slice(0, colon));
      if (colon < 1 || !Number.isInteger(index) || index < 0) {
        throw invalidInput(
          `${where}: "${shortened(entry)}" is not index:value.`,
          'Write every feature as index:value.',
        );
      }
      if (index > MAX_SPARSE_COLUMNS) {
        throw invalidInput(
          `${where}: index ${index} is too large.`,
          `At most ${MAX_SPARSE_COLUMNS} features can be read.`,
        );
      }
      if (index <= previous) {
        throw invalidInput(
          `${where}: index ${index} follows ${previous}.`,
          'Indices must ascend within a row, each at most once.',
        );
      }
      const value = finiteNumber(entry.slice(colon + 1), where, `The value of feature ${index}`);
      previous = index;
      this.smallest = Math.min(this.smallest, index);
      this.largest = Math.max(this.largest, index);
      if (value === 0) continue;
      this.indices.push(index);
      this.values.push(value);
    }
    this.ends.push(this.values.length);
  }
}

function finiteNumber(text: string, where: string, what: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) {
    throw invalidInput(
      `${where}: ${what.toLowerCase()} "${shortened(text)}" is not a finite number.`,
      'Correct the line.',
    );
  }
  return value;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** A growing list of numbers, doubling as it fills. */
class GrowingNumbers {
  length = 0;
  private store = new Float64Array(1024);

  constructor(initial: readonly number[] = []) {
    for (const value of initial) this.push(value);
  }

  push(value: number): void {
    if (this.length === this.store.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.store);
      this.store = larger;
    }
    this.store[this.length++] = value;
  }

  take<T>(kind: { from(values: Float64Array): T }): T {
    return kind.from(this.store.subarray(0, this.length));
  }
}
