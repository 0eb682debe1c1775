import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openReader, openStore } from '../../src/main/store/index.ts';
import { APPLICATION_ID, STORE_VERSION } from '../../src/main/store/migrate.ts';
import { MIGRATIONS, type Migration } from '../../src/main/store/migrations.ts';
import { openStore as openWith } from '../../src/main/store/open-store.ts';
import { failureOf } from './failure-of.ts';
import { temporaryStoreFile } from './temporary-store.ts';

/** A store as the program of version 1 left it, with one dataset and its array. */
function writeVersionOne(file: string): void {
  const connection = new Database(file);
  connection.exec(MIGRATIONS[0].sql);
  connection.pragma(`application_id = ${APPLICATION_ID}`);
  connection.pragma('user_version = 1');
  connection.exec(`
    INSERT INTO blob VALUES (1, 'abc', 3);
    INSERT INTO blob_chunk VALUES (1, 0, x'010203');
    INSERT INTO dataset VALUES ('old', 'f', NULL, '2025-01-01', '{"id":"old","name":"old one","trainRows":3}', '[]', '{"version":1}');
    INSERT INTO dataset_array VALUES ('old', 0, 'x', 1);
  `);
  connection.close();
}

function versionOf(file: string): number {
  const connection = new Database(file, { readonly: true });
  const version = Number(connection.pragma('user_version', { simple: true }));
  connection.close();
  return version;
}

describe('migrations', () => {
  it('are numbered from 1 without a gap', () => {
    expect(MIGRATIONS.map((migration) => migration.version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  it('make every table STRICT', () => {
    const file = temporaryStoreFile();
    openStore(file).close();
    const connection = new Database(file, { readonly: true });
    const tables = connection
      .prepare(`SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'`)
      .all();
    connection.close();
    expect(tables.length).toBeGreaterThan(10);
    expect(tables).toEqual(tables.map((table) => ({ ...(table as object), strict: 1 })));
  });

  it('start a new store at the newest version, without a backup', () => {
    const file = temporaryStoreFile();
    const store = openStore(file);
    expect(store.backup).toBeNull();
    store.close();
    expect(versionOf(file)).toBe(STORE_VERSION);
    expect(readdirSync(dirname(file)).filter((name) => name.includes('backup'))).toEqual([]);
  });

  it('bring an older store up to date, keep its content, and leave a backup of it as it was', () => {
    const file = temporaryStoreFile();
    writeVersionOne(file);
    const store = openStore(file);
    expect(store.datasets.list()).toMatchObject([{ id: 'old', name: 'old one' }]);
    expect(store.datasets.load('old').arrays).toEqual([{ name: 'x', bytes: Uint8Array.of(1, 2, 3) }]);
    expect(store.studies.list()).toEqual([]);
    expect(store.backup).toBe(`${file}.v1.backup`);
    store.close();
    expect(versionOf(file)).toBe(STORE_VERSION);
    expect(versionOf(`${file}.v1.backup`)).toBe(1);
    const backup = new Database(`${file}.v1.backup`, { readonly: true });
    expect(backup.prepare('SELECT id FROM dataset').pluck().all()).toEqual(['old']);
    expect(backup.pragma('integrity_check', { simple: true })).toBe('ok');
    backup.close();
    const again = openStore(file);
    expect(again.backup).toBeNull();
    again.close();
  });

  it('leave the old data when a step fails, say which and where the backup is, and let the lock go', () => {
    const file = temporaryStoreFile();
    writeVersionOne(file);
    const broken: Migration[] = [
      MIGRATIONS[0],
      { version: 2, title: 'a bad step', sql: 'DELETE FROM dataset; CREATE TABLE half (a) STRICT, NONSENSE;' },
    ];
    const failure = failureOf(() => openWith(file, broken));
    expect(failure.kind).toBe('storage');
    expect(failure.message).toContain('version 2 (a bad step)');
    expect(failure.hint).toContain(`${file}.v1.backup`);
    expect(versionOf(file)).toBe(1);
    const store = openStore(file);
    expect(store.datasets.list()).toHaveLength(1);
    store.close();
  });

  it('keep the steps before a failing one', () => {
    const file = temporaryStoreFile();
    const broken: Migration[] = [...MIGRATIONS, { version: STORE_VERSION + 1, title: 'bad', sql: 'NONSENSE' }];
    expect(failureOf(() => openWith(file, broken)).message).toContain('(bad)');
    expect(versionOf(file)).toBe(STORE_VERSION);
    openStore(file).close();
  });

  it('refuse a store of a newer program, writing and reading', () => {
    const file = temporaryStoreFile();
    openStore(file).close();
    const connection = new Database(file);
    connection.pragma('user_version = 99');
    connection.close();
    for (const open of [openStore, openReader]) {
      const failure = failureOf(() => open(file));
      expect(failure.kind).toBe('storage');
      expect(failure.message).toContain(`version 99; this one knows up to ${STORE_VERSION}`);
    }
    expect(versionOf(file)).toBe(99);
  });

  it('refuse the database of another program and leave it as it is', () => {
    const file = temporaryStoreFile();
    const connection = new Database(file);
    connection.exec('CREATE TABLE bookmarks (url TEXT)');
    connection.close();
    expect(failureOf(() => openStore(file)).message).toContain('database of another program');
    const after = new Database(file, { readonly: true });
    expect(after.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['bookmarks']);
    after.close();
  });

  it('refuse a file that is no database', () => {
    const file = temporaryStoreFile();
    writeFileSync(file, 'these are notes, not a database, and long enough to be read as a page of one\n'.repeat(50));
    const failure = failureOf(() => openStore(file));
    expect(failure).toMatchObject({ kind: 'storage' });
    expect(failure.message).toContain('is not a Leverage store');
    expect(existsSync(file)).toBe(true);
  });

  it('refuse to read an older store without changing it', () => {
    const file = temporaryStoreFile();
    writeVersionOne(file);
    expect(failureOf(() => openReader(file)).message).toContain('older version (1;');
    expect(versionOf(file)).toBe(1);
  });
});
