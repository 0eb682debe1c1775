import { describe, expect, it, onTestFinished } from 'vitest';
import type { StudyProgress } from '../../src/shared/study.ts';
import { deserialiseDataset, serialiseDataset } from '../../src/main/datasets/index.ts';
import { openStore, type Store } from '../../src/main/store/index.ts';
import type { StartComputation } from '../../src/main/studies/computation.ts';
import { inlineComputation } from '../../src/main/studies/inline-computation.ts';
import { studyJobs, type StudyJobs } from '../../src/main/studies/study-jobs.ts';
import { workerComputation } from '../../src/main/studies/worker-computation.ts';
import { tinyDataset } from '../engine/fake-services.ts';
import { datasetToKeep, studyToKeep } from '../store/kept-things.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';
import { FAKE_EVALUATIONS, fakeEffect, fakeRun, type FakeOptions } from './fake-run.ts';

interface Bench {
  store: Store;
  jobs: StudyJobs;
  progress: StudyProgress[];
  changes: string[];
}

function bench(start: (store: Store) => StartComputation, studies = ['s']): Bench {
  const store = openStore(temporaryStoreFile());
  const { meta, arrays } = serialiseDataset(tinyDataset());
  store.datasets.add({ ...datasetToKeep('d'), meta, arrays });
  for (const id of studies) store.studies.add(studyToKeep(id, 'd', { name: id }));
  const progress: StudyProgress[] = [];
  const changes: string[] = [];
  const jobs = studyJobs({
    store,
    device: null,
    appVersion: '1.2.3',
    start: start(store),
    onProgress: (_id, value) => progress.push(value),
    onChanged: (id) => changes.push(id),
    closePatienceMs: 2000,
  });
  onTestFinished(async () => {
    await jobs.close();
    store.close();
  });
  return { store, jobs, progress, changes };
}

const inline = (options: FakeOptions) => (store: Store) =>
  inlineComputation(store, fakeRun(options), deserialiseDataset);
const inWorker = (name: string) => (store: Store) =>
  workerComputation(store.file, new URL(`./${name}.ts`, import.meta.url));

function expectAllEffects(store: Store, id: string, groups: number): void {
  const table = store.effects.table(id, groups, FAKE_EVALUATIONS, ['influence', 'newton', 'actual']);
  for (let e = 0; e < 2; e++) {
    for (let s = 0; s < 3; s++) {
      for (let g = 0; g < groups; g++) expect(table.values[(e * 3 + s) * groups + g]).toBe(fakeEffect(e, s, g));
    }
  }
}

describe('study jobs', () => {
  it('run a study to its end and keep all of it', async () => {
    const { store, jobs, progress, changes } = bench(inline({}));
    jobs.enqueue('s');
    expect(store.studies.get('s')).toMatchObject({ status: 'running', finishedAt: null });
    await jobs.settled('s');
    expect(store.studies.get('s')).toMatchObject({ status: 'done', groupCount: 12, groupsDone: 12, failure: null });
    expect(store.provenance.latest('s')?.appVersion).toBe('1.2.3');
    expect(store.studies.stageSeconds('s')).toEqual({ fit: 0.25 });
    expectAllEffects(store, 's', 12);
    expect(progress.at(-1)).toMatchObject({ groupsDone: 12 });
    expect(changes).toContain('s');
  });

  it('compute one study at a time, in order', async () => {
    const order: string[] = [];
    const { store, jobs } = bench(
      inline({ batchMs: 2, beforeBatch: (batch) => void (batch === 0 && order.push(runningIds().join())) }),
      ['a', 'b', 'c'],
    );
    const runningIds = (): string[] =>
      store.studies
        .list()
        .filter((study) => study.status === 'running')
        .map((study) => study.id);
    for (const id of ['a', 'b', 'c']) jobs.enqueue(id);
    expect(store.studies.get('b').status).toBe('queued');
    await Promise.all(['a', 'b', 'c'].map((id) => jobs.settled(id)));
    expect(order).toEqual(['a', 'b', 'c']);
    expect(store.studies.list().every((study) => study.status === 'done')).toBe(true);
  });

  it('stop after the batch in hand, and resume to the same numbers without computing a batch again', async () => {
    const computed: number[] = [];
    const { store, jobs } = bench(
      inline({
        beforeBatch: (batch) => {
          computed.push(batch);
          if (batch === 1 && computed.length === 2) jobs.cancel('s');
        },
      }),
    );
    jobs.enqueue('s');
    await jobs.settled('s');
    expect(store.studies.get('s')).toMatchObject({ status: 'cancelled', groupsDone: 8, failure: null });
    jobs.enqueue('s');
    await jobs.settled('s');
    expect(computed).toEqual([0, 1, 2]);
    expect(store.studies.get('s')).toMatchObject({ status: 'done', groupsDone: 12 });
    expectAllEffects(store, 's', 12);
  });

  it('take a queued study out of the queue', async () => {
    const { store, jobs } = bench(inline({ batchMs: 5 }), ['a', 'b']);
    jobs.enqueue('a');
    jobs.enqueue('b');
    expect(jobs.cancel('b')).toBe(true);
    expect(store.studies.get('b').status).toBe('cancelled');
    await jobs.settled('a');
    expect(jobs.cancel('b')).toBe(false);
    expect(store.studies.get('b').groupsDone).toBe(0);
  });

  it('record a failing run with its reason and go on with the next', async () => {
    let failing = true;
    const { store, jobs } = bench(
      inline({
        beforeBatch: (batch) => {
          if (failing && batch === 1) {
            failing = false;
            throw new Error('no memory on the device');
          }
        },
      }),
      ['a', 'b'],
    );
    jobs.enqueue('a');
    jobs.enqueue('b');
    await Promise.all([jobs.settled('a'), jobs.settled('b')]);
    expect(store.studies.get('a')).toMatchObject({
      status: 'failed',
      groupsDone: 4,
      failure: { kind: 'internal', message: 'no memory on the device' },
    });
    expect(store.studies.get('b').status).toBe('done');
  });

  it('do not call a run done that left groups out', async () => {
    const { store, jobs } = bench((store) =>
      inlineComputation(
        store,
        async (request, sink) => {
          await fakeRun()(request, {
            ...sink,
            batch: (result) => (result.batch === 2 ? Promise.resolve() : sink.batch(result)),
          });
        },
        deserialiseDataset,
      ),
    );
    jobs.enqueue('s');
    await jobs.settled('s');
    expect(store.studies.get('s')).toMatchObject({
      status: 'failed',
      failure: { message: 'The run ended after 8 of 12 groups.' },
    });
  });

  it('send at most ten progress events a second', async () => {
    const { jobs, progress } = bench(inline({ groups: 400, batchSize: 1 }));
    const start = performance.now();
    jobs.enqueue('s');
    await jobs.settled('s');
    expect(progress.length).toBeGreaterThan(0);
    expect(progress.length).toBeLessThanOrEqual(2 + (performance.now() - start) / 100);
    expect(progress.at(-1)?.groupsDone).toBe(400);
  });

  it('leave a running study interrupted and resumable when they close', async () => {
    const { store, jobs } = bench(inline({ groups: 40, batchMs: 5 }), ['a', 'b']);
    jobs.enqueue('a');
    jobs.enqueue('b');
    await new Promise((resolve) => setTimeout(resolve, 30));
    await jobs.close();
    expect(store.studies.get('b').status).toBe('interrupted');
    const { status, groupsDone } = store.studies.get('a');
    expect(status).toBe('interrupted');
    expect(groupsDone).toBeGreaterThan(0);
    expect(groupsDone).toBeLessThan(40);
  });
});

describe('a study in a worker thread', () => {
  it('is computed and kept while this thread stays free', async () => {
    const { store, jobs, progress } = bench(inWorker('slow-study-worker'));
    let ticks = 0;
    const clock = setInterval(() => ticks++, 10);
    jobs.enqueue('s');
    await jobs.settled('s');
    clearInterval(clock);
    expect(store.studies.get('s')).toMatchObject({ status: 'done', groupsDone: 40 });
    expectAllEffects(store, 's', 40);
    expect(ticks).toBeGreaterThan(20);
    expect(progress.length).toBeGreaterThan(2);
  });

  it('stops when asked, and resumes', async () => {
    const { store, jobs } = bench(inWorker('slow-study-worker'));
    jobs.enqueue('s');
    while (store.studies.get('s').groupsDone < 8) await new Promise((resolve) => setTimeout(resolve, 10));
    jobs.cancel('s');
    await jobs.settled('s');
    const { status, groupsDone } = store.studies.get('s');
    expect(status).toBe('cancelled');
    expect(groupsDone).toBeLessThan(40);
    jobs.enqueue('s');
    await jobs.settled('s');
    expect(store.studies.get('s').status).toBe('done');
    expectAllEffects(store, 's', 40);
  });

  it.each([
    ['throws', 'failed', 'the device went away'],
    ['throwsLater', 'failed', 'nobody awaits this'],
    ['exits', 'interrupted', 'stopped without a reason (exit code 7)'],
  ])('that %s leaves the engine alive, the study %s and its batches kept', async (name, status, words) => {
    const { store, jobs } = bench(inWorker('dying-study-worker'), [name]);
    jobs.enqueue(name);
    await jobs.settled(name);
    const study = store.studies.get(name);
    expect(study).toMatchObject({ status, groupsDone: 8 });
    expect(study.failure?.message).toContain(words);
  });
});
