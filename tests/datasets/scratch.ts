/** Files for reader tests: bytes written to a temporary folder, and the outcome of reading them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { readFiles } from '../../src/main/datasets/index.ts';
import type { ReadControl, SourceFile } from '../../src/main/datasets/index.ts';
import type { ImportOptions } from '../../src/shared/contract.ts';
import type { CategoryColumn, Column, Dataset, NumberColumn } from '../../src/shared/dataset.ts';
import { LeverageError } from '../../src/shared/errors.ts';

export const quiet: ReadControl = { progress: () => undefined, cancelled: () => false };

const folder = mkdtempSync(join(tmpdir(), 'leverage-datasets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const scratchFolder = folder;

let written = 0;

/** Writes bytes or text under a path of its own; `name` is what the person called it. */
export function fileWith(name: string, content: string | Uint8Array): SourceFile {
  const path = join(folder, `${(written += 1)}-${name}`);
  writeFileSync(path, content);
  return { path, name, bytes: Buffer.byteLength(content) };
}

export function readContent(name: string, content: string | Uint8Array, options: ImportOptions = {}): Promise<Dataset> {
  return readFiles([fileWith(name, content)], options, quiet);
}

/** The refusal of a promise: a LeverageError 'invalidInput' with a sentence. Anything else fails the test. */
export async function refusal(promise: Promise<unknown>): Promise<LeverageError> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof LeverageError)) throw error;
    expect(error.kind).toBe('invalidInput');
    expect(error.message).toMatch(/^\S.*\.$/s);
    return error;
  }
  throw new Error('nothing was refused');
}

/** For fuzzing: a dataset or a refusal in a sentence are both fine, anything else is not. */
export async function datasetOrRefusal(promise: Promise<Dataset>): Promise<'read' | 'refused'> {
  try {
    const dataset = await promise;
    const rows = dataset.trainRows + dataset.testRows;
    for (const column of dataset.columns) expect(lengthOf(column)).toBe(rows);
    if (dataset.block?.kind === 'dense') expect(dataset.block.data.length).toBe(rows * dataset.block.columns);
    return 'read';
  } catch (error) {
    if (!(error instanceof LeverageError)) throw error;
    expect(error.kind).toBe('invalidInput');
    expect(error.message).toMatch(/^\S.*\.$/s);
    return 'refused';
  }
}

export function lengthOf(column: Column): number {
  return column.kind === 'number' ? column.values.length : column.codes.length;
}

export function numbers(dataset: Dataset, name: string): NumberColumn {
  const column = dataset.columns.find((candidate) => candidate.name === name);
  if (column?.kind !== 'number') throw new Error(`no number column ${name}`);
  return column;
}

export function categories(dataset: Dataset, name: string): CategoryColumn {
  const column = dataset.columns.find((candidate) => candidate.name === name);
  if (column?.kind !== 'category') throw new Error(`no category column ${name}`);
  return column;
}

/** The texts of a category column, null where missing. */
export function texts(column: CategoryColumn): (string | null)[] {
  return Array.from(column.codes, (code) => (code < 0 ? null : column.levels[code]));
}
