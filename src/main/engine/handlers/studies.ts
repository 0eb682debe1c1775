/** Studies: starting and stopping them, and reading what they found. */
import { randomUUID } from 'node:crypto';
import { zipSync } from 'fflate';
import { invalidInput } from '../../../shared/errors.ts';
import type { StudySpec } from '../../../shared/study-spec.ts';
import { readGroupsFile } from '../../groups/groups-file.ts';
import type { BundleFile } from '../../report/bundle.ts';
import type { FileGroups } from '../../store/index.ts';
import type { EngineContext, HandlersOf } from '../engine-context.ts';
import { studyReader } from '../study-reader.ts';

export function studyHandlers(context: EngineContext): HandlersOf<'studies'> {
  const { store, jobs, services, library, predictions, emit } = context;
  const reader = studyReader(context);
  const changed = (id: string): void => emit({ type: 'studies.changed', id });

  return {
    'studies.list': () => store.studies.list(),
    'studies.get': ({ id }) => reader.detail(id),
    'studies.plan': async ({ spec }) => {
      const dataset = await library.resolve(spec.dataset);
      return services.planStudy(spec, library.load(dataset.id));
    },
    'studies.run': async ({ spec }) => {
      const dataset = await library.resolve(spec.dataset);
      const { fileGroups, named } = await readFileGroups(context, spec, dataset.trainRows);
      await context.devices.ready();
      const id = randomUUID();
      store.studies.add({ id, spec: named, datasetId: dataset.id, fileGroups, createdAt: new Date().toISOString() });
      jobs.enqueue(id);
      return store.studies.get(id);
    },
    'studies.cancel': ({ id }) => {
      store.studies.get(id);
      jobs.cancel(id);
      return null;
    },
    'studies.resume': async ({ id }) => {
      const study = store.studies.get(id);
      if (study.status === 'done') {
        throw invalidInput(`The study “${study.name}” is finished: there is nothing left to compute.`);
      }
      await context.devices.ready();
      jobs.enqueue(id);
      return store.studies.get(id);
    },
    'studies.rename': ({ id, name }) => {
      store.studies.get(id);
      store.studies.change(id, { name });
      changed(id);
      return null;
    },
    'studies.annotate': ({ id, ...annotation }) => {
      store.studies.annotate(id, annotation);
      changed(id);
      return null;
    },
    'studies.delete': ({ id }) => {
      store.studies.hide(id, new Date().toISOString());
      jobs.cancel(id);
      predictions.forget(id);
      changed(id);
      return null;
    },
    'studies.restore': ({ id }) => {
      store.studies.unhide(id);
      changed(id);
      return null;
    },
    'studies.effects': ({ id }) => reader.effects(id),
    'studies.groups': ({ id }) => {
      store.studies.get(id);
      return store.groups.list(id);
    },
    'studies.group': ({ id, index }) => reader.group(id, index),
    'studies.sharedMembers': ({ id, groups }) => reader.sharedMembers(id, groups),
    'studies.matchGroups': ({ first, second }) => reader.matchGroups(first, second),
    'studies.testPoint': ({ id, row }) => reader.testPoint(id, row),
    'studies.training': ({ id }) => {
      store.studies.get(id);
      return store.trainings.curve(id);
    },
    'studies.influences': async ({ id, spec, ...asked }) => {
      const common = { ...asked, device: context.devices.current() };
      if (id !== undefined && spec === undefined) {
        const { name, datasetId } = store.studies.get(id);
        const fit = store.fits.load(id);
        if (fit === null) throw invalidInput(`The study “${name}” has no fitted model yet.`, 'Run it first.');
        return services.influences({ ...common, spec: store.studies.spec(id), dataset: library.load(datasetId), fit });
      }
      if (spec === undefined || id !== undefined) throw invalidInput('studies.influences: give either "id" or "spec".');
      const dataset = await library.resolve(spec.dataset);
      return services.influences({ ...common, spec, dataset: library.load(dataset.id), fit: null });
    },
    'studies.bundle': async ({ id }) => {
      const input = reader.bundleInput(id);
      return { name: bundleName(input.spec.name), zip: zipOf(await services.bundleFiles(input)) };
    },
  };
}

/** Reads the group files a study names: admitted handles, or paths when the command line asks, so that a resumed run needs no file. */
async function readFileGroups(
  { files, host }: EngineContext,
  spec: StudySpec,
  trainRows: number,
): Promise<{ fileGroups: FileGroups; named: StudySpec }> {
  const sources = Array.isArray(spec.groups) ? spec.groups : [spec.groups];
  const fileGroups: FileGroups = {};
  const named = [...sources];
  for (const [position, source] of sources.entries()) {
    if (!('file' in source)) continue;
    const file = host === 'cli' ? { path: source.file, name: source.file } : files.find(source.file);
    fileGroups[position] = await readGroupsFile(file.path, trainRows);
    named[position] = { file: file.name };
  }
  return { fileGroups, named: { ...spec, groups: Array.isArray(spec.groups) ? named : named[0] } };
}

function zipOf(files: readonly BundleFile[]): Uint8Array {
  return zipSync(Object.fromEntries(files.map(({ name, content }) => [name, bytesOfContent(content)])));
}

function bytesOfContent(content: BundleFile['content']): Uint8Array {
  if (content instanceof Uint8Array) return content;
  if (typeof content === 'string') return Buffer.from(content);
  return Buffer.concat(Array.from(content, (piece) => Buffer.from(piece)));
}

function bundleName(name: string): string {
  const plain = name.replaceAll(/[^\p{Letter}\p{Number}._-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/g, '');
  return `${plain === '' ? 'study' : plain}.zip`;
}
