import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runToEnd, storedSpec } from '../../src/main/cli/study-session.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import type { StudyStatus, StudySummary } from '../../src/shared/study.ts';
import { fakeEngine, fakeWorld } from './fake-world.ts';
import type { Answers } from './fake-world.ts';

const MADE = '2026-11-22T08:00:00.000Z';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-session-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function study(id: string, status: StudyStatus, more: Partial<StudySummary> = {}): StudySummary {
  return {
    id,
    name: 'study',
    status,
    failure: null,
    datasetId: 'data',
    datasetName: 'Data',
    groupCount: 10,
    groupsDone: 5,
    estimators: ['influence', 'newton', 'actual'],
    evaluationCount: 1,
    testAccuracy: 0.9,
    relativeL2: 1e-3,
    createdAt: MADE,
    startedAt: MADE,
    finishedAt: null,
    seconds: 1,
    tags: [],
    note: '',
    pinned: false,
    influenceSpearman: null,
    ...more,
  };
}

const npz = parseStudySpec({ dataset: { file: 'a.npz', standardise: true } });
const withGroups = parseStudySpec({ dataset: { sample: 'digits' }, groups: [{ file: 'g.json' }] });

/** An engine with `studies` in its store, each asking `specOf(id)`; what is run or resumed is done at once. */
function engineWith(studies: StudySummary[], specOf: (id: string) => unknown, more: Answers = {}) {
  return fakeEngine({
    'datasets.ensure': () => ({ id: 'data' }),
    'studies.list': () => studies,
    'studies.get': ({ id }) => ({ ...studies.find((one) => one.id === id), spec: specOf(id), provenance: null }),
    'studies.run': () => {
      studies.push(study('new', 'done'));
      return study('new', 'queued');
    },
    'studies.resume': ({ id }) => {
      studies.splice(0, studies.length, ...studies.map((one) => (one.id === id ? study(id, 'done') : one)));
      return study(id, 'queued');
    },
    'studies.cancel': () => null,
    ...more,
  });
}

async function run(engine: ReturnType<typeof engineWith>, spec = npz) {
  return runToEnd(engine, fakeWorld(folder, engine), { spec, folder, device: undefined });
}

describe('the study that the store keeps', () => {
  it('names its dataset by id and remembers how the study file named it', () => {
    expect(storedSpec(npz, '/studies', 'data').dataset).toEqual({
      id: 'data',
      standardise: true,
      source: { file: 'a.npz', standardise: true },
    });
  });

  it('keeps a sample by its name, and group files by their full path', () => {
    const stored = storedSpec(withGroups, '/studies', 'data');
    expect(stored.dataset).toEqual({ sample: 'digits' });
    expect(stored.groups).toEqual([{ file: '/studies/g.json' }]);
    expect(stored.folder).toBe('/studies');
  });
});

describe('the same command again', () => {
  it.each(['cancelled', 'interrupted'] as const)('resumes the study that was %s', async (status) => {
    const engine = engineWith([study('old', status)], () => storedSpec(npz, folder, 'data'));
    expect((await run(engine)).id).toBe('old');
    expect(engine.calls.map(({ method }) => method)).not.toContain('studies.run');
  });

  it('resumes the latest of several', async () => {
    const studies = [study('old', 'cancelled'), study('newer', 'cancelled', { createdAt: '2026-11-22T09:00:00.000Z' })];
    expect((await run(engineWith(studies, () => storedSpec(npz, folder, 'data')))).id).toBe('newer');
  });

  it('begins anew after a finished study, another dataset or another study', async () => {
    const same = () => storedSpec(npz, folder, 'data');
    expect((await run(engineWith([study('old', 'done')], same))).id).toBe('new');
    expect((await run(engineWith([study('old', 'cancelled', { datasetId: 'other' })], same))).id).toBe('new');
    const other = () => ({ ...storedSpec(npz, folder, 'data'), tolerance: 1e-6 });
    expect((await run(engineWith([study('old', 'cancelled')], other))).id).toBe('new');
  });

  it('begins anew when a group file was written after the study was made', async () => {
    const file = join(folder, 'g.json');
    writeFileSync(file, '[]');
    const specOf = () => storedSpec(withGroups, folder, 'data');
    const before = new Date(Date.parse(MADE) - 1000);
    utimesSync(file, before, before);
    expect((await run(engineWith([study('old', 'cancelled')], specOf), withGroups)).id).toBe('old');
    const after = new Date(Date.parse(MADE) + 1000);
    utimesSync(file, after, after);
    expect((await run(engineWith([study('old', 'cancelled')], specOf), withGroups)).id).toBe('new');
  });
});

describe('Ctrl-C', () => {
  it('asks the engine to stop, waits for the batch, and says how to resume', async () => {
    const studies: StudySummary[] = [];
    const engine = engineWith(studies, () => npz, {
      'studies.run': () => {
        studies.push(study('new', 'running'));
        return study('new', 'queued');
      },
      'studies.cancel': () => {
        studies.splice(0, 1, study('new', 'cancelled', { groupsDone: 7 }));
        setTimeout(() => engine.emit({ type: 'studies.changed', id: 'new' }), 10);
        return null;
      },
    });
    const world = fakeWorld(folder, engine);
    const ended = runToEnd(engine, world, { spec: npz, folder, device: undefined });
    setTimeout(() => world.interrupt(), 10);
    await expect(ended).rejects.toMatchObject({
      kind: 'cancelled',
      message: 'Stopped: 7 of 10 groups are kept.',
      hint: 'Run the same command again to resume.',
    });
    expect(world.said()).toContain('Stopping after the current batch');
  });

  it('ends at once while the dataset is still being read', async () => {
    const engine = engineWith([], () => npz, { 'datasets.ensure': () => new Promise(() => undefined) });
    const world = fakeWorld(folder, engine);
    const ended = runToEnd(engine, world, { spec: npz, folder, device: undefined });
    setTimeout(() => world.interrupt(), 10);
    await expect(ended).rejects.toMatchObject({ kind: 'cancelled' });
    expect(engine.calls.map(({ method }) => method)).toEqual(['datasets.ensure']);
  });
});

describe('a study that fails', () => {
  it('tells its cause and what is kept', async () => {
    const failure = { kind: 'storage', message: 'The disk is full.', hint: 'Make room.' } as const;
    const studies: StudySummary[] = [];
    const engine = engineWith(studies, () => npz, {
      'studies.run': () => {
        studies.push(study('new', 'failed', { failure }));
        return study('new', 'queued');
      },
    });
    await expect(run(engine)).rejects.toMatchObject({
      kind: 'storage',
      message: 'The disk is full.',
      hint: 'Make room. 5 of 10 groups are kept: run the same command again to resume.',
    });
  });
});
