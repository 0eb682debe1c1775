/** Library: what is there, what a file would become, importing, deleting. */
import { invalidInput, LeverageError } from '../../../shared/errors.ts';
import { EVENT_INTERVAL_MS } from '../../studies/study-jobs.ts';
import { overallProgress } from '../overall-progress.ts';
import { throttled } from '../../studies/throttle.ts';
import type { ReadControl } from '../../datasets/source-file.ts';
import type { EngineContext, HandlersOf } from '../engine-context.ts';

type ReadProgress = Parameters<ReadControl['progress']>[0];

export function datasetHandlers(context: EngineContext): HandlersOf<'datasets'> & { cancelAll(): Promise<void> } {
  const { store, services, files, library, emit } = context;
  const importing = new Map<string, AbortController>();
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  /** Remembers work that must have ended before the store may close. */
  async function tracked<T>(work: () => Promise<T>): Promise<T> {
    const promise = work();
    underWay.add(promise);
    try {
      return await promise;
    } finally {
      underWay.delete(promise);
    }
  }

  return {
    'datasets.list': async () => {
      await library.offerSamples();
      return store.datasets.list();
    },
    'datasets.get': ({ id }) => store.datasets.get(id),
    'datasets.rows': ({ id, split, offset, limit }) => {
      const { trainRows, testRows } = store.datasets.get(id);
      const total = split === 'train' ? trainRows : testRows;
      const count = Math.max(0, Math.min(limit, total - offset));
      const rows = Array.from({ length: count }, (_, index) => offset + index);
      return services.datasets.describeRows(library.load(id), split, rows);
    },
    'datasets.preview': ({ files: handles, options }) => services.datasets.preview(handles.map(files.find), options),
    'datasets.import': async ({ importId, files: handles, options }) => {
      if (importing.has(importId)) {
        throw invalidInput(`datasets.import: field "importId": the import "${importId}" is under way already.`);
      }
      const chosen = handles.map(files.find);
      const stop = new AbortController();
      const progress = throttled(
        (value: ReadProgress) => emit({ type: 'import.progress', importId, ...value }),
        EVENT_INTERVAL_MS,
      );
      importing.set(importId, stop);
      try {
        return await tracked(async () => {
          const prepared = await services.datasets.read(chosen, options, {
            progress: overallProgress(chosen, progress.push),
            cancelled: () => stop.signal.aborted,
          });
          progress.flush();
          return library.keep(prepared, { check: () => stopWhen(stop.signal.aborted) });
        });
      } catch (thrown) {
        throw stop.signal.aborted ? cancelled(thrown) : thrown;
      } finally {
        importing.delete(importId);
      }
    },
    'datasets.ensure': async ({ spec, folder }) => {
      if (context.host !== 'cli') {
        throw new LeverageError('unavailable', 'Only the command line may name files by their path.');
      }
      if ('id' in spec || 'sample' in spec) return library.resolve(spec);
      const progress = throttled(
        (value: ReadProgress) => emit({ type: 'import.progress', importId: 'ensure', ...value }),
        EVENT_INTERVAL_MS,
      );
      const ensuring: ReadControl = { progress: progress.push, cancelled: () => closing.signal.aborted };
      return tracked(async () => {
        const prepared = await services.datasets.readSpec(spec, folder, ensuring);
        return library.keep(prepared, { check: () => stopWhen(closing.signal.aborted) });
      });
    },
    'datasets.cancelImport': ({ importId }) => {
      importing.get(importId)?.abort();
      return null;
    },
    'datasets.delete': ({ id }) => {
      store.datasets.remove(id);
      emit({ type: 'datasets.changed' });
      return null;
    },
    cancelAll: async () => {
      closing.abort();
      for (const stop of importing.values()) stop.abort();
      await Promise.allSettled([...underWay]);
    },
  };
}

function stopWhen(aborted: boolean): void {
  if (aborted) throw cancelled();
}

function cancelled(cause?: unknown): LeverageError {
  return new LeverageError('cancelled', 'The import was cancelled; nothing of it is kept.', '', { cause });
}
