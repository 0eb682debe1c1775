/** A bridge to an engine that is not there: in memory, made-up data, real timing of events. */
import type { Answer, Bridge, EngineEvent, FileHandle, Method } from '../../src/shared/contract.ts';
import { LeverageError, toFailure } from '../../src/shared/errors.ts';
import { deviceAnswers } from './fake-devices.ts';
import { groupAnswers } from './fake-groups.ts';
import { historyAnswers } from './fake-history.ts';
import { importAnswers } from './fake-imports.ts';
import { libraryAnswers } from './fake-library.ts';
import { pause, type Answers, type Emit, type FakeOptions } from './fake-part.ts';
import { paperAnswers } from './fake-paper.ts';
import { createFakeStore } from './fake-store.ts';
import { resultAnswers } from './fake-study-results.ts';
import { runAnswers } from './fake-study-runs.ts';
import { theoryAnswers } from './fake-theory.ts';

export function createFakeBridge(options: FakeOptions): Bridge {
  const listeners = new Set<(event: EngineEvent) => void>();
  const emit: Emit = (event) => listeners.forEach((listener) => listener(event));
  const store = createFakeStore(options.store);
  const files = new Map<string, FileHandle>();
  const answers: Answers = {
    'app.info': () => ({
      appVersion: '0.1.0',
      host: 'serve',
      storeFile: '/home/ada/.local/share/leverage/store.db',
      nodeVersion: 'v24.21.0',
      platform: 'linux x64',
    }),
    ...deviceAnswers(options, emit),
    ...libraryAnswers(store, options, emit),
    ...importAnswers(store, files, emit),
    ...runAnswers(store, options, emit),
    ...groupAnswers(store, emit),
    ...historyAnswers(store, emit),
    ...resultAnswers(store),
    ...theoryAnswers(store),
    ...paperAnswers(),
  };

  return {
    host: 'serve',
    async request(method, input): Promise<Answer> {
      await pause(15);
      try {
        const handler = answers[method as Method] as ((value: unknown) => unknown) | undefined;
        if (handler === undefined) throw new LeverageError('internal', `The fake has no "${method}".`);
        return { ok: true, value: await handler(input) };
      } catch (thrown) {
        return { ok: false, failure: toFailure(thrown) };
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async admitFiles(chosen, onProgress) {
      onProgress?.(1);
      return chosen.map((file) => {
        const handle = { handle: `h-${files.size + 1}`, name: file.name, bytes: file.size };
        files.set(handle.handle, handle);
        return handle;
      });
    },
    async saveFile() {
      return true;
    },
  };
}
