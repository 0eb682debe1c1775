/** The paper's data found in a folder: prepared files, raw originals, and what is refused. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/shared/dataset.ts';
import { readDatasetSpec } from '../../src/main/datasets/index.ts';
import { UNWATCHED } from '../../src/main/datasets/source-file.ts';
import { prepareEnron, readMailArchive } from '../../src/main/paper/enron-mail.ts';
import { findPaperData } from '../../src/main/paper/find-data.ts';
import { prepareDiabetes } from '../../src/main/paper/diabetes-table.ts';

const DATA = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const DIABETES = join(DATA, 'diabetes', 'diabetes.npz');
const RAW = join(DATA, 'diabetes', 'dataset_diabetes.zip');
const NO_DATA = !existsSync(DIABETES) || !existsSync(RAW);
if (NO_DATA) console.warn(`tests/paper/find-data.test.ts: no ${DIABETES}: the comparison with it is left out.`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-paper-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function newFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** One regular file of a ustar archive. */
function tarEntry(name: string, text: string): Buffer {
  const content = Buffer.from(text, 'latin1');
  const header = Buffer.alloc(512);
  header.write(name, 0, 'latin1');
  header.write(content.length.toString(8).padStart(11, '0'), 124, 'latin1');
  header.write('0', 156, 'latin1');
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

const MAILS = Array.from({ length: 40 }, (_, k) => ({
  kind: k % 2 === 0 ? 'ham' : 'spam',
  text: k % 2 === 0 ? `gas meeting number${k % 5}` : `free money offer number${k % 5}`,
}));

describe('a folder of the paper’s data', () => {
  it('is refused in a sentence when it is not there, is a file, or holds nothing of it', () => {
    const empty = newFolder('empty');
    writeFileSync(join(empty, 'notes.txt'), 'nothing');
    expect(() => findPaperData(join(folder, 'none'), 'full')).toThrow(/is not there/);
    expect(() => findPaperData(join(empty, 'notes.txt'), 'full')).toThrow(/is not a folder/);
    expect(() => findPaperData(empty, 'full')).toThrow(/holds none of the paper’s data/);
  });

  it('takes IDX files, plain or .gz, and fewer images when little is to be computed', () => {
    const images = newFolder('images');
    for (const name of ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'])
      writeFileSync(join(images, `${name}-ubyte.gz`), '');
    const [full] = findPaperData(images, 'full');
    const [quick] = findPaperData(images, 'quick');
    expect(full.key).toBe('mnist');
    expect(full.load).toMatchObject({ spec: { validationRows: 5000, scale: 1 / 255 } });
    expect(quick.load).toMatchObject({ spec: { trainRows: 2000 } });
  });

  it('prefers a prepared file to the raw original', () => {
    const both = newFolder('both');
    writeFileSync(join(both, 'diabetes.npz'), '');
    writeFileSync(join(both, 'diabetic_data.csv'), '');
    expect(findPaperData(both, 'full').map(({ from }) => from)).toEqual(['diabetes.npz']);
  });

  it('counts the words of enron1 alike from its folder and from its archive', async () => {
    const root = newFolder('mail/enron1');
    for (const kind of ['ham', 'spam']) mkdirSync(join(root, kind), { recursive: true });
    MAILS.forEach(({ kind, text }, k) => writeFileSync(join(root, kind, `${String(k).padStart(4, '0')}.txt`), text));
    const packed = newFolder('packed');
    const tar = MAILS.map(({ kind, text }, k) => tarEntry(`enron1/${kind}/${String(k).padStart(4, '0')}.txt`, text));
    writeFileSync(join(packed, 'enron1.tar.gz'), gzipSync(Buffer.concat([...tar, Buffer.alloc(1024)])));
    const read = async (where: string): Promise<Dataset> => {
      const [found] = findPaperData(where, 'full');
      if (found.load.kind !== 'read') throw new Error('mails are read here');
      return found.load.read(UNWATCHED);
    };
    const [one, two] = [await read(newFolder('mail')), await read(packed)];
    expect(one.trainRows).toBe(32);
    expect(one.block).toEqual(two.block);
    expect(one.block?.names).toContain('text:money');
    const target = one.columns.find(({ role }) => role === 'target');
    const money = one.block?.names?.indexOf('text:money') ?? -1;
    if (one.block?.kind !== 'sparse' || target?.kind !== 'number') throw new Error('a sparse block');
    // Spam, and nothing else, speaks of money.
    for (let row = 0; row < 40; row++) {
      const terms = one.block.indices.subarray(one.block.indptr[row], one.block.indptr[row + 1]);
      expect(terms.includes(money)).toBe(target.values[row] === 1);
    }
  });

  it('refuses mails of one kind, a damaged archive, and a table that is another', () => {
    expect(() => prepareEnron([{ name: 'ham/1.txt', text: 'a', spam: false }], 'enron1')).toThrow(/0 in spam/);
    expect(() => readMailArchive(tarEntry('ham/1.txt', 'x'.repeat(900)).subarray(0, 1024), 'enron1.tar')).toThrow(
      /damaged/,
    );
    expect(() => prepareDiabetes('a,b\n1,2\n', 'diabetic_data.csv')).toThrow(/no column "time_in_hospital"/);
  });

  it.skipIf(NO_DATA)(
    'prepares the raw Diabetes table as diabetes.npz, an independent program’s, was',
    async () => {
      const raw = newFolder('raw');
      symlinkSync(RAW, join(raw, 'dataset_diabetes.zip'));
      const [found] = findPaperData(raw, 'full');
      if (found.load.kind !== 'read') throw new Error('the raw table is read here');
      const ours = await found.load.read(UNWATCHED);
      const theirs = await readDatasetSpec({ file: DIABETES }, DATA, UNWATCHED);
      expect([ours.trainRows, ours.testRows, ours.block?.columns]).toEqual([20_000, 81_766, 127]);
      const names = ours.block?.names ?? [];
      expect([...names].sort()).toEqual([...(theirs.block?.names ?? [])].sort());
      const target = ours.columns.find(({ role }) => role === 'target');
      if (target?.kind !== 'number') throw new Error('a numeric target');
      expect(target.values.subarray(0, 20_000).reduce((sum, y) => sum + y, 0)).toBe(10_000);
      // The same stay has the same features and label, wherever it was drawn to.
      const rowOf = new Map(textOf(ours, 'encounter_id').map((id, row) => [id, row]));
      const place = (theirs.block?.names ?? []).map((name) => names.indexOf(name));
      const label = theirs.columns.find(({ role }) => role === 'target');
      textOf(theirs, 'encounter_id')
        .slice(0, 300)
        .forEach((id, row) => {
          const at = rowOf.get(id) ?? -1;
          const features = place.map((j) => blockValue(ours, at, j));
          expect(features).toEqual(place.map((_, j) => blockValue(theirs, row, j)));
          expect(target.values[at]).toBe(label?.kind === 'number' ? label.values[row] : NaN);
        });
    },
    120_000,
  );
});

function textOf(dataset: Dataset, name: string): string[] {
  const column = dataset.columns.find((one) => one.name === name);
  if (column?.kind !== 'category') throw new Error(`no column ${name}`);
  return Array.from(column.codes, (code) => column.levels[code] ?? '');
}

function blockValue({ block }: Dataset, row: number, column: number): number {
  if (block?.kind !== 'dense') throw new Error('a dense block');
  return block.data[row * block.columns + column];
}
