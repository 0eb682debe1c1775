import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryFolder, temporaryStoreFile } from '../store/temporary-store.ts';
import { engineOn, finishedStudy } from './new-engine.ts';

describe('a read-only engine', () => {
  it('looks at a store beside its writer and changes nothing', async () => {
    const file = temporaryStoreFile();
    const writer = engineOn(file);
    const id = await finishedStudy(writer);
    const reader = engineOn(file, { readOnly: true });
    expect((await reader.call('studies.effects', { id })).groupCount).toBe(12);
    expect(await reader.call('datasets.list', {})).toHaveLength(1);
    for (const method of ['studies.delete', 'studies.resume', 'datasets.delete'] as const) {
      expect(await rejectionOf(reader.call(method, { id }))).toMatchObject({ kind: 'unavailable' });
    }
  });
});

describe('a start', () => {
  it('is refused while another engine has the store', () => {
    const file = temporaryStoreFile();
    engineOn(file);
    expect(() => engineOn(file)).toThrow(/is using the store/);
  });

  it('makes the folder of its store', () => {
    const folder = join(temporaryFolder(), 'not', 'yet');
    engineOn(join(folder, 'a.sqlite'));
    expect(existsSync(join(folder, 'a.sqlite'))).toBe(true);
  });
});
