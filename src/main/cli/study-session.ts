/** One study from its specification to its end: found again or begun, watched, stopped by Ctrl-C. */
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Engine } from '../../shared/contract.ts';
import { LeverageError } from '../../shared/errors.ts';
import { formatCount } from '../../shared/format.ts';
import type { StudyDetail, StudySummary } from '../../shared/study.ts';
import type { StudySpec } from '../../shared/study-spec.ts';
import type { World } from './command.ts';
import { progressLine } from './progress-line.ts';
import type { ProgressLine } from './progress-line.ts';
import { groupFiles, withAbsoluteGroupFiles } from './study-file.ts';

export interface Session {
  spec: StudySpec;
  /** What relative names in `spec` refer to. */
  folder: string;
  /** The device's name when the person chose one. */
  device: string | undefined;
}

/**
 * Computes the study, or what an earlier run of it left to do, and resolves when it is done.
 * Throws its failure, or 'cancelled' after Ctrl-C: what is computed by then is kept.
 */
export async function runToEnd(engine: Engine, world: World, { spec, folder, device }: Session): Promise<StudyDetail> {
  const line = progressLine(world.progress);
  const interruption = interruptible(world, line);
  try {
    const deviceTitle = await chosenDevice(engine, device);
    const stopWatchingImport = watchImport(engine, line);
    const dataset = await interruption.orStop(engine.call('datasets.ensure', { spec: spec.dataset, folder }));
    stopWatchingImport();
    const stored = storedSpec(spec, folder, dataset.id);
    const earlier = await unfinished(engine, stored, dataset.id, deviceTitle);
    if (earlier !== null) {
      line.say(`Resuming after ${formatCount(earlier.groupsDone)} of ${formatCount(earlier.groupCount)} groups.`);
    }
    return await watch(engine, line, interruption, () =>
      earlier === null
        ? engine.call('studies.run', { spec: stored })
        : engine.call('studies.resume', { id: earlier.id }),
    );
  } finally {
    interruption.end();
    line.finish();
  }
}

/** The study as the store is to keep it: no name in it depends on where it was read. */
export function storedSpec(spec: StudySpec, folder: string, datasetId: string): StudySpec {
  const { dataset } = spec;
  const absolute = withAbsoluteGroupFiles(spec, folder);
  if ('id' in dataset || 'sample' in dataset) return absolute;
  const standardise = 'standardise' in dataset ? dataset.standardise : undefined;
  return {
    ...absolute,
    dataset: { id: datasetId, ...(standardise === undefined ? {} : { standardise }), source: { ...dataset } },
  };
}

interface Interruption {
  readonly asked: boolean;
  onAsked(listener: () => void): void;
  /** Rejects with 'cancelled' on Ctrl-C: for work that keeps nothing before its end. */
  orStop<T>(work: Promise<T>): Promise<T>;
  end(): void;
}

function interruptible(world: World, line: ProgressLine): Interruption {
  let asked = false;
  const listeners: (() => void)[] = [];
  const remove = world.onInterrupt(() => {
    if (asked) return;
    asked = true;
    line.say('Stopping after the current batch. Ctrl-C again ends at once.');
    for (const listener of listeners) listener();
  });
  return {
    get asked() {
      return asked;
    },
    onAsked: (listener) => void listeners.push(listener),
    orStop: (work) =>
      new Promise((resolve, reject) => {
        listeners.push(() => reject(new LeverageError('cancelled', 'Stopped before the first batch.', RESUME_HINT)));
        work.then(resolve, reject);
      }),
    end: remove,
  };
}

const RESUME_HINT = 'Run the same command again to resume.';

/** The title that runs record of the device asked for; null when it is chosen automatically. */
async function chosenDevice(engine: Engine, name: string | undefined): Promise<string | null> {
  if (name === undefined) return null;
  const report = (await engine.call('devices.list', {})).find((device) => device.name === name);
  return report?.title ?? null;
}

function watchImport(engine: Engine, line: ProgressLine): () => void {
  return engine.subscribe((event) => {
    if (event.type !== 'import.progress') return;
    line.reading(event.file, event.bytesTotal > 0 ? event.bytesRead / event.bytesTotal : 0);
  });
}

/** The latest study that asks the same of the same data and was not finished. */
async function unfinished(
  engine: Engine,
  spec: StudySpec,
  datasetId: string,
  deviceTitle: string | null,
): Promise<StudySummary | null> {
  const candidates = (await engine.call('studies.list', {}))
    .filter((study) => study.datasetId === datasetId)
    .filter(
      ({ status, groupsDone }) =>
        status === 'cancelled' || status === 'interrupted' || (status === 'failed' && groupsDone > 0),
    )
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  for (const candidate of candidates) {
    const detail = await engine.call('studies.get', { id: candidate.id });
    const sameDevice = deviceTitle === null || detail.provenance === null || detail.provenance.device === deviceTitle;
    // JSON takes away the fields that are there but undefined.
    const same = isDeepStrictEqual(plain(detail.spec), plain(spec));
    if (same && sameDevice && !groupFiles(spec).some((file) => changedSince(file, candidate.createdAt)))
      return candidate;
  }
  return null;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The store keeps the groups of a file as they were read: a file written later is another study. */
function changedSince(file: string, instant: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined || found.mtimeMs > Date.parse(instant);
}

async function watch(
  engine: Engine,
  line: ProgressLine,
  interruption: Interruption,
  begin: () => Promise<StudySummary>,
): Promise<StudyDetail> {
  let id: string | null = null;
  let wake = (): void => undefined;
  const unsubscribe = engine.subscribe((event) => {
    if (event.type === 'study.progress' && event.id === id) line.study(event.progress);
    if (event.type === 'studies.changed' && (id === null || event.id === id)) wake();
    if (event.type === 'engine.restarted') wake();
  });
  try {
    if (interruption.asked) throw new LeverageError('cancelled', 'Stopped before the first batch.', RESUME_HINT);
    const started = await begin();
    id = started.id;
    const cancel = () => engine.call('studies.cancel', { id: started.id });
    // A refusal to stop reaches the person through the study's own end.
    if (interruption.asked) await cancel();
    else interruption.onAsked(() => void cancel().catch(() => undefined));
    for (;;) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      const study = (await engine.call('studies.list', {})).find((one) => one.id === started.id);
      const detail = study === undefined ? null : await ending(engine, study);
      if (detail !== null) return detail;
      await changed;
    }
  } finally {
    unsubscribe();
  }
}

/** Null while it runs. Throws the failure of a study that ended without being done. */
async function ending(engine: Engine, study: StudySummary): Promise<StudyDetail | null> {
  if (study.status === 'done') return engine.call('studies.get', { id: study.id });
  const kept = `${formatCount(study.groupsDone)} of ${formatCount(study.groupCount)} groups are kept`;
  if (study.status === 'cancelled' || (study.status === 'interrupted' && study.failure === null)) {
    throw new LeverageError(
      'cancelled',
      `Stopped: ${study.groupCount === 0 ? 'no batch was finished' : kept}.`,
      RESUME_HINT,
    );
  }
  if (study.status === 'failed' || study.status === 'interrupted') {
    const { kind, message, hint } = study.failure ?? {
      kind: 'internal',
      message: 'The study ended without a reason.',
      hint: '',
    };
    const resumable = study.groupsDone > 0 ? `${kept}: run the same command again to resume.` : '';
    throw new LeverageError(kind, message, [hint, resumable].filter((text) => text !== '').join(' '));
  }
  return null;
}
