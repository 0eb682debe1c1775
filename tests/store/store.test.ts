import { chmodSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openReader, openStore } from '../../src/main/store/index.ts';
import { storageError } from '../../src/main/store/storage-errors.ts';
import { FAKE_EVALUATIONS, FAKE_PROVENANCE, fakeCertificate, fakeFit, fakeGroups } from '../studies/fake-run.ts';
import { tinyDataset } from '../engine/fake-services.ts';
import { failureOf } from './failure-of.ts';
import { datasetToKeep, studyToKeep, withStudy } from './kept-things.ts';
import { temporaryFolder, temporaryStoreFile } from './temporary-store.ts';

describe('datasets in the store', () => {
  it('come back as they went in, numbers JSON has no word for included', () => {
    const store = openStore(temporaryStoreFile());
    const kept = datasetToKeep('d');
    expect(store.datasets.add(kept)).toEqual(kept.summary);
    expect(store.datasets.get('d')).toEqual({ ...kept.summary, columns: kept.columns });
    expect(store.datasets.load('d')).toEqual({ meta: kept.meta, arrays: kept.arrays });
    store.close();
  });

  it('are the same dataset when their fingerprint is the same', () => {
    const store = openStore(temporaryStoreFile());
    store.datasets.add(datasetToKeep('d', 'content'));
    expect(store.datasets.add(datasetToKeep('other', 'content')).id).toBe('d');
    expect(store.datasets.list()).toHaveLength(1);
    store.close();
  });

  it('are kept gradually, whole or not at all, and what a crash left of one is gone at the next start', async () => {
    const file = temporaryStoreFile();
    const store = openStore(file);
    const kept = datasetToKeep('d');
    const stop = new Error('stopped');
    await expect(store.datasets.addGradually(kept, () => Promise.reject(stop))).rejects.toBe(stop);
    expect(store.datasets.list()).toEqual([]);
    expect(await store.datasets.addGradually(kept, () => Promise.resolve())).toEqual(kept.summary);
    expect(store.datasets.load('d')).toEqual({ meta: kept.meta, arrays: kept.arrays });
    store.close();
    const left = new Database(file);
    const blobs = (): unknown => left.prepare('SELECT count(*) FROM blob').pluck().get();
    const before = blobs();
    left.exec(`INSERT INTO blob (sha256, bytes) VALUES ('part', 4)`);
    openStore(file).close();
    expect(blobs()).toBe(before);
    left.close();
  });

  it('become a sample when the same content is offered as one', () => {
    const store = openStore(temporaryStoreFile());
    store.datasets.add(datasetToKeep('d', 'content'));
    expect(store.datasets.add({ ...datasetToKeep('e', 'content'), sample: 'digits' })).toMatchObject({
      id: 'd',
      sample: true,
    });
    expect(store.datasets.findBySample('digits')).toMatchObject({ id: 'd', sample: true });
    store.close();
  });

  it('leave nothing half-imported when keeping one fails', () => {
    const file = temporaryStoreFile();
    const store = openStore(file);
    const kept = datasetToKeep('d');
    const broken = { ...kept, arrays: [...kept.arrays, { name: 'y', bytes: null as unknown as Uint8Array }] };
    expect(() => store.datasets.add(broken)).toThrow();
    store.close();
    const connection = new Database(file, { readonly: true });
    for (const table of ['dataset', 'dataset_array', 'blob', 'blob_chunk']) {
      expect(connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
    }
    connection.close();
  });

  it('can not be removed while a study needs them, and take their arrays with them', () => {
    const file = temporaryStoreFile();
    const store = withStudy(openStore(file));
    expect(failureOf(() => store.datasets.remove('d'))).toMatchObject({
      kind: 'invalidInput',
      message: 'The dataset is used by the study “study s”.',
    });
    store.studies.hide('s', 'now');
    expect(failureOf(() => store.datasets.remove('d')).message).toContain('deleted, until the next start');
    expect(store.studies.eraseHidden()).toBe(1);
    store.datasets.remove('d');
    expect(failureOf(() => store.datasets.get('d')).kind).toBe('notFound');
    expect(failureOf(() => store.datasets.remove('d')).kind).toBe('notFound');
    store.close();
    const connection = new Database(file, { readonly: true });
    expect(
      connection.prepare('SELECT (SELECT count(*) FROM blob) + (SELECT count(*) FROM blob_chunk)').pluck().get(),
    ).toBe(0);
    connection.close();
  });
});

describe('studies in the store', () => {
  it('keep the fit, the groups and the provenance bit for bit', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    const fit = { ...fakeFit(tinyDataset()), coefficients: Float64Array.of(0.1, -0, Number.MIN_VALUE) };
    fit.summary.testLoss = NaN;
    store.fits.keep('s', fit);
    expect(store.fits.load('s')).toEqual(fit);
    store.provenance.add('s', FAKE_PROVENANCE);
    store.provenance.add('s', { ...FAKE_PROVENANCE, device: 'second' });
    expect(store.provenance.latest('s')?.device).toBe('second');
    const groups = fakeGroups(9, 4, 6);
    store.groups.keep('s', groups);
    expect(store.groups.load('s')).toEqual(groups);
    expect(store.groups.get('s', 7)).toMatchObject({
      index: 7,
      id: 'g7',
      members: groups.groups[7].members,
      retraining: null,
    });
    expect(store.groups.get('s', 9)).toBeNull();
    store.close();
  });

  it('put the batches together as one table, in whatever order they came, NaN where one is missing', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    store.groups.keep('s', fakeGroups(9, 4, 6));
    const value = (e: number, s: number, g: number): number => 100 * e + 10 * s + g;
    const batch = (index: number, first: number, count: number) => ({
      batch: index,
      firstGroup: first,
      groupCount: count,
      values: Float64Array.from({ length: 2 * 3 * count }, (_, i) =>
        value(Math.floor(i / count / 3), Math.floor(i / count) % 3, first + (i % count)),
      ),
      retraining: Array.from({ length: count }, (_, g) => fakeCertificate(first + g)),
      notes: [`batch ${index}`],
    });
    store.effects.keep('s', batch(2, 8, 1));
    store.effects.keep('s', batch(0, 0, 4));
    const table = store.effects.table('s', 9, FAKE_EVALUATIONS, ['influence', 'newton', 'actual']);
    for (let e = 0; e < 2; e++) {
      for (let s = 0; s < 3; s++) {
        for (let g = 0; g < 9; g++) {
          expect(table.values[(e * 3 + s) * 9 + g]).toBe(g >= 4 && g < 8 ? NaN : value(e, s, g));
        }
      }
    }
    expect(store.effects.batchesDone('s')).toEqual(new Set([0, 2]));
    expect(store.effects.notes('s')).toEqual(['batch 0', 'batch 2']);
    expect(store.studies.list()).toMatchObject([{ groupCount: 9, groupsDone: 5, evaluationCount: 2 }]);
    expect(store.groups.list('s').map((group) => group.retraining)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((g) => (g >= 4 && g < 8 ? null : fakeCertificate(g))),
    );
    store.close();
  });

  it('keep a certificate whose numbers are not finite', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    store.groups.keep('s', fakeGroups(1, 1, 6));
    const certificate = { ...fakeCertificate(0), gradientNorm: NaN, effectBound: Infinity, converged: false };
    store.effects.keep('s', {
      batch: 0,
      firstGroup: 0,
      groupCount: 1,
      values: new Float64Array(6),
      retraining: [certificate],
      notes: [],
    });
    expect(store.groups.list('s')[0].retraining).toEqual(certificate);
    store.close();
  });

  it('keep a batch whole or not at all', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    store.groups.keep('s', fakeGroups(2, 2, 6));
    const certificate = { ...fakeCertificate(0), newtonSteps: 'three' as unknown as number };
    const failure = failureOf(() =>
      store.effects.keep('s', {
        batch: 0,
        firstGroup: 0,
        groupCount: 2,
        values: new Float64Array(12),
        retraining: [fakeCertificate(0), certificate],
        notes: [],
      }),
    );
    expect(failure.kind).toBe('storage');
    expect(store.effects.batchesDone('s').size).toBe(0);
    expect(store.groups.list('s').every((group) => group.retraining === null)).toBe(true);
    store.close();
  });

  it('keep groups read from a file with the study', () => {
    const store = openStore(temporaryStoreFile());
    store.datasets.add(datasetToKeep('d'));
    const [group] = fakeGroups(3, 3, 6).groups;
    store.studies.add({ ...studyToKeep('s', 'd'), fileGroups: { 1: [group] } });
    expect(store.studies.fileGroups('s')).toEqual({ 1: [group] });
    store.close();
  });

  it('are hidden, come back, and are erased with all they had, but not what another study shares', () => {
    const file = temporaryStoreFile();
    const store = withStudy(openStore(file));
    store.studies.add(studyToKeep('twin', 'd'));
    for (const id of ['s', 'twin']) {
      store.fits.keep(id, fakeFit(tinyDataset()));
      store.groups.keep(id, fakeGroups(5, 5, 6));
    }
    store.studies.hide('s', 'now');
    expect(store.studies.list().map((study) => study.id)).toEqual(['twin']);
    expect(failureOf(() => store.studies.get('s')).kind).toBe('notFound');
    expect(failureOf(() => store.studies.hide('s', 'again')).kind).toBe('notFound');
    store.studies.unhide('s');
    expect(store.studies.get('s').groupCount).toBe(5);
    store.studies.hide('s', 'now');
    expect(store.studies.eraseHidden()).toBe(1);
    expect(failureOf(() => store.studies.unhide('s')).kind).toBe('notFound');
    expect(store.groups.load('s')).toBeNull();
    expect(store.groups.load('twin')?.groups).toHaveLength(5);
    expect(store.fits.load('twin')).not.toBeNull();
    store.close();
  });

  it('left running by an engine that is gone are interrupted', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    for (const [index, status] of (['running', 'done', 'failed', 'cancelled'] as const).entries()) {
      store.studies.add(studyToKeep(`t${index}`, 'd'));
      store.studies.change(`t${index}`, { status });
    }
    expect(store.studies.interruptUnfinished()).toBe(2);
    const statusOf = Object.fromEntries(store.studies.list().map((study) => [study.id, study.status]));
    expect(statusOf).toEqual({ s: 'interrupted', t0: 'interrupted', t1: 'done', t2: 'failed', t3: 'cancelled' });
    store.close();
  });

  it('refuse a status that does not exist', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    expect(failureOf(() => store.studies.change('s', { status: 'finished' as 'done' })).kind).toBe('storage');
    store.close();
  });
});

describe('the store file', () => {
  it('is opened for writing by one at a time, and the second is told who has it', () => {
    const file = temporaryStoreFile();
    const first = openStore(file);
    expect(failureOf(() => openStore(file))).toMatchObject({
      kind: 'unavailable',
      hint: expect.stringContaining('--store'),
    });
    first.close();
    openStore(file).close();
  });

  it('is read beside its writer, which sees only what is committed', () => {
    const file = temporaryStoreFile();
    const writer = withStudy(openStore(file));
    const reader = openReader(file);
    expect(reader.studies.list()).toHaveLength(1);
    writer.transaction(() => {
      writer.studies.add(studyToKeep('t', 'd'));
      expect(reader.studies.list()).toHaveLength(1);
    });
    expect(reader.studies.list()).toHaveLength(2);
    expect(failureOf(() => reader.studies.hide('s', 'now'))).toMatchObject({ kind: 'storage' });
    reader.close();
    writer.close();
  });

  it('that is absent can not be read', () => {
    expect(failureOf(() => openReader(temporaryStoreFile())).message).toContain('can not be opened');
  });

  it('that lost its tail is called damaged', () => {
    const file = temporaryStoreFile();
    const store = openStore(file);
    store.datasets.add(datasetToKeep('d', 'd', new Uint8Array(3_000_000).fill(7)));
    store.close();
    truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096);
    const failure = failureOf(() => {
      const damaged = openStore(file);
      try {
        damaged.datasets.load('d');
      } finally {
        damaged.close();
      }
    });
    expect(failure.kind).toBe('storage');
    expect(failure.message).toContain('damaged');
  });

  it('in a folder that may not be written says so', ({ skip }) => {
    if (process.getuid?.() === 0) skip('the superuser may write everywhere');
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    expect(failureOf(() => openStore(join(folder, 'a.sqlite')))).toMatchObject({ kind: 'storage' });
    chmodSync(folder, 0o700);
  });

  it('below something that is not a folder says so', () => {
    const file = temporaryStoreFile();
    openStore(file).close();
    expect(failureOf(() => openStore(join(file, 'inside.sqlite')))).toMatchObject({ kind: 'storage' });
  });

  it('on a full disk keeps what was committed', () => {
    const file = temporaryStoreFile();
    const store = withStudy(openStore(file));
    store.close();
    // max_page_count makes SQLite report a full disk without filling one.
    const connection = new Database(file);
    connection.pragma('max_page_count = 1');
    let thrown: unknown;
    try {
      connection.exec(`INSERT INTO setting VALUES ('x', '${'y'.repeat(100_000)}')`);
    } catch (error) {
      thrown = storageError(error, file);
    }
    connection.close();
    expect(thrown).toMatchObject({ kind: 'storage', message: `The store ${file} can not grow: the disk is full.` });
    const again = openStore(file);
    expect(again.studies.list()).toHaveLength(1);
    again.close();
  });

  it.each([
    ['SQLITE_CORRUPT_VTAB', 'is damaged'],
    ['SQLITE_READONLY_DIRECTORY', 'read-only'],
    ['SQLITE_IOERR_READ', 'the disk reports an error'],
    ['SQLITE_BUSY_SNAPSHOT', 'being written by another program'],
    ['SQLITE_CONSTRAINT_UNIQUE', 'refused an operation'],
  ])('calls %s by a sentence', (code, words) => {
    expect(storageError(new Database.SqliteError('raw', code), 'a.sqlite')).toMatchObject({
      kind: 'storage',
      message: expect.stringContaining(words) as string,
    });
  });

  it.each(['ENOSPC', 'EACCES', 'EROFS'])('calls the system’s %s by a sentence', (code) => {
    expect(storageError(Object.assign(new Error('raw'), { code }), 'a.sqlite')).toMatchObject({ kind: 'storage' });
  });

  it('leaves errors that are not its own as they are', () => {
    const error = new TypeError('x is not a function');
    expect(storageError(error, 'a.sqlite')).toBe(error);
  });
});
