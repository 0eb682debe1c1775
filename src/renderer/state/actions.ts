/** What a person can do to datasets and studies, from whichever button, menu or command. Failures become notices. */
import type { Input } from '../../shared/contract.ts';
import type { StudySpecInput } from '../../shared/study-spec.ts';
import type { StudySummary } from '../../shared/study.ts';
import { notices } from './notices.svelte.ts';
import { route } from './route.svelte.ts';
import { session } from './session.svelte.ts';

/** Runs `work`; a failure is shown and gives null. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    notices.failure(thrown);
    return null;
  }
}

/** Starts a study, marks it with `tags` and shows its progress. */
export async function runStudy(spec: StudySpecInput, tags: string[] = []): Promise<boolean> {
  const study = await attempt(() => session.call('studies.run', { spec }));
  if (study === null) return false;
  if (tags.length > 0) await attempt(() => session.call('studies.annotate', { id: study.id, tags }));
  await session.refreshStudies();
  route.open('study', study.id);
  return true;
}

export async function cancelStudy(id: string): Promise<void> {
  await attempt(() => session.call('studies.cancel', { id }));
  await session.refreshStudies();
}

export async function resumeStudy(id: string): Promise<void> {
  const study = await attempt(() => session.call('studies.resume', { id }));
  await session.refreshStudies();
  if (study !== null) route.open('study', id);
}

export async function renameStudy(id: string, name: string): Promise<void> {
  await attempt(() => session.call('studies.rename', { id, name }));
  await session.refreshStudies();
}

/** Tags, note or pin of a study. */
export async function annotateStudy(id: string, annotation: Omit<Input<'studies.annotate'>, 'id'>): Promise<void> {
  await attempt(() => session.call('studies.annotate', { id, ...annotation }));
  await session.refreshStudies();
}

/** Deletes at once and offers to undo it. */
export async function deleteStudy(study: StudySummary): Promise<void> {
  const done = await attempt(async () => {
    await session.call('studies.delete', { id: study.id });
    return true;
  });
  if (done === null) return;
  await session.refreshStudies();
  notices.confirm(`“${study.name}” was deleted.`, {
    label: 'Undo',
    run: () =>
      void attempt(async () => {
        await session.call('studies.restore', { id: study.id });
        await session.refreshStudies();
      }),
  });
}

export async function deleteDataset(id: string, name: string): Promise<void> {
  const done = await attempt(async () => {
    await session.call('datasets.delete', { id });
    return true;
  });
  if (done === null) return;
  await session.refreshDatasets();
  notices.confirm(`“${name}” was removed from the library.`);
}

/** Fetches the bundle and hands it to the person as a file. */
export async function downloadBundle(id: string): Promise<void> {
  await attempt(async () => {
    const { name, zip } = await session.call('studies.bundle', { id });
    if ((await session.bridge?.saveFile(name, zip)) === true) notices.confirm(`Saved ${name}.`);
  });
}
