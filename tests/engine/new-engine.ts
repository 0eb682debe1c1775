/** An engine in this process for a test: a store of its own, the surroundings in miniature, studies that compute nothing. */
import { onTestFinished } from 'vitest';
import { composeEngine, type EngineOptions } from '../../src/main/engine/compose-engine.ts';
import type { EngineServices } from '../../src/main/engine/services.ts';
import type { Engine } from '../../src/shared/contract.ts';
import type { StudySpecInput } from '../../src/shared/study-spec.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';
import { fakeRun, type FakeOptions } from '../studies/fake-run.ts';
import { fakeServices } from './fake-services.ts';

export interface Setting extends Partial<EngineOptions> {
  /** How the studies pretend to run. */
  run?: FakeOptions;
  services?: Partial<EngineServices>;
}

/** An engine on the store in `file`, closed when the test ends. */
export function engineOn(file: string, { run = {}, services = {}, ...options }: Setting = {}): Engine {
  const engine = composeEngine(
    { storeFile: file, samplesFolder: '', host: 'serve', appVersion: '1.2.3', inline: fakeRun(run), ...options },
    fakeServices(services),
  );
  onTestFinished(() => engine.close());
  return engine;
}

/** An engine on a store that is empty, closed when the test ends. */
export const newEngine = (setting?: Setting): Engine => engineOn(temporaryStoreFile(), setting);

export function sampleStudy(name = 'a study'): StudySpecInput {
  return { name, dataset: { sample: 'first' } };
}

/** Resolves when the study has one of the statuses. */
export async function until(engine: Engine, id: string, ...statuses: string[]): Promise<void> {
  for (;;) {
    const { status } = await engine.call('studies.get', { id });
    if (statuses.includes(status)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs the study to its end. @returns its id */
export async function finishedStudy(engine: Engine, spec = sampleStudy()): Promise<string> {
  const { id } = await engine.call('studies.run', { spec });
  await until(engine, id, 'done');
  return id;
}
