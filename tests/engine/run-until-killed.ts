/**
 * A process with an engine that runs (or resumes) one study and tells each number of groups kept,
 * until it is killed: node run-until-killed.ts '{"storeFile", "samplesFolder", "spec" | "resume", "fake"}'.
 */
import { createEngine } from '../../src/main/engine/create-engine.ts';
import { composeEngine } from '../../src/main/engine/compose-engine.ts';
import type { StudySpecInput } from '../../src/shared/study-spec.ts';
import { fakeServices } from './fake-services.ts';

export interface Job {
  storeFile: string;
  samplesFolder: string;
  /** The study to run, or the one to resume. */
  spec?: StudySpecInput;
  resume?: string;
  /** Slow stand-in batches instead of the real computing. */
  fake: boolean;
}

const job = JSON.parse(process.argv[2]) as Job;
const options = {
  storeFile: job.storeFile,
  samplesFolder: job.samplesFolder,
  host: 'cli',
  appVersion: '1.2.3',
} as const;
const engine = job.fake
  ? composeEngine(
      { ...options, studyWorker: new URL('../studies/slow-study-worker.ts', import.meta.url) },
      fakeServices(),
    )
  : await createEngine(options);

const { id } =
  job.spec === undefined
    ? await engine.call('studies.resume', { id: job.resume ?? '' })
    : await engine.call('studies.run', { spec: job.spec });
console.log(`id ${id}`);
let told = '';
for (;;) {
  const { status, groupsDone } = await engine.call('studies.get', { id });
  const line = `${status} ${groupsDone}`;
  if (line !== told) console.log(line);
  told = line;
  if (status !== 'running' && status !== 'queued') break;
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await engine.close();
