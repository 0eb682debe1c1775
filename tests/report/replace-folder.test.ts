import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeBundle } from '../../src/main/report/bundle.ts';
import { replaceFolder } from '../../src/main/report/replace-folder.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { sampleStudy } from './sample-study.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function failureOf(work: () => void): LeverageError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof LeverageError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

function* failingPieces(): Iterable<string> {
  yield 'half';
  throw new Error('the disk is full');
}

describe('writing a bundle', () => {
  it('makes the folder, and those above it', () => {
    const out = join(folder, 'a', 'b');
    writeBundle(out, sampleStudy());
    expect(readdirSync(out).sort()).toEqual([
      'effects.csv',
      'groups.json',
      'model.json',
      'report.html',
      'retraining.csv',
      'study.json',
      'summary.json',
    ]);
    expect(readdirSync(join(folder, 'a'))).toEqual(['b']);
  });

  it('replaces an earlier bundle and leaves other files alone', () => {
    const out = join(folder, 'out');
    writeBundle(out, sampleStudy());
    writeFileSync(join(out, 'my-notes.txt'), 'mine');
    writeBundle(out, { ...sampleStudy(), notes: ['second'] });
    expect(readFileSync(join(out, 'summary.json'), 'utf8')).toContain('second');
    expect(readFileSync(join(out, 'my-notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(out)).toHaveLength(8);
  });

  it('leaves nothing, or the earlier bundle, when it can not be finished', () => {
    const out = join(folder, 'out');
    const broken = [
      { name: 'effects.csv', content: 'new' },
      { name: 'groups.json', content: failingPieces() },
    ];
    const failure = failureOf(() => replaceFolder(out, broken));
    expect(failure).toMatchObject({ kind: 'storage' });
    expect(failure.message).toContain('the disk is full');
    expect(readdirSync(folder)).toEqual([]);
    replaceFolder(out, [{ name: 'effects.csv', content: 'old' }]);
    failureOf(() =>
      replaceFolder(out, [
        { name: 'effects.csv', content: 'new' },
        { name: 'groups.json', content: failingPieces() },
      ]),
    );
    expect(readFileSync(join(out, 'effects.csv'), 'utf8')).toBe('old');
    expect(readdirSync(out)).toEqual(['effects.csv']);
  });

  it('does not overwrite a study file that is not part of a bundle', () => {
    writeFileSync(join(folder, 'study.json'), '{}');
    expect(failureOf(() => writeBundle(folder, sampleStudy()))).toMatchObject({ kind: 'invalidInput' });
    expect(readFileSync(join(folder, 'study.json'), 'utf8')).toBe('{}');
  });

  it('refuses a file in the place of the folder', () => {
    const file = join(folder, 'out');
    writeFileSync(file, '');
    const failure = failureOf(() => writeBundle(file, sampleStudy()));
    expect(failure.kind).toBe('invalidInput');
    expect(failure.message).toContain(file);
  });

  it('says in one sentence when the folder can not be written', (context) => {
    if (process.getuid?.() === 0) context.skip('root may write everywhere: permissions can not be tested');
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    const failure = failureOf(() => writeBundle(join(locked, 'out'), sampleStudy()));
    chmodSync(locked, 0o700);
    expect(failure).toMatchObject({ kind: 'storage' });
    expect(failure.hint).toContain('Name a folder you can write to');
    expect(existsSync(join(locked, 'out'))).toBe(false);
  });
});
