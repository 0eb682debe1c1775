/** The paper's theory about a stored study: computed in a thread of its own, kept while the study is looked at. */
import { LeverageError } from '../../../shared/errors.ts';
import { requireRegression } from '../../../shared/study-spec.ts';
import { nearestGroups } from '../../theory/nearest-groups.ts';
import { theoryThread } from '../../studies/theory-thread.ts';
import type { EngineContext, HandlersOf } from '../engine-context.ts';

const NEAREST_SHOWN = 5;

export function theoryHandlers({ store, devices }: EngineContext): HandlersOf<'theory'> & { close(): Promise<void> } {
  const thread = theoryThread(store.file, () => devices.current());
  return {
    'theory.study': async ({ id }) => {
      requireRegression(store.studies.spec(id).model, 'The theory');
      const { name } = store.studies.get(id);
      if (store.fits.summary(id) === null || store.groups.members(id) === null) throw nothingYet(name);
      return thread.study(id);
    },
    'theory.group': async ({ id, index }) => {
      requireRegression(store.studies.spec(id).model, 'The theory');
      const { name } = store.studies.get(id);
      const members = store.groups.members(id);
      if (store.fits.summary(id) === null || members === null) throw nothingYet(name);
      if (index >= members.first.length) {
        throw new LeverageError(
          'notFound',
          `The study “${name}” has no group number ${index}.`,
          'List its groups first.',
        );
      }
      return { ...(await thread.group(id, index)), nearest: nearestGroups(members, index, NEAREST_SHOWN) };
    },
    'theory.cancel': ({ id }) => {
      thread.cancel(id);
      return null;
    },
    close: () => thread.close(),
  };
}

function nothingYet(name: string): LeverageError {
  return new LeverageError('notFound', `The study “${name}” has no fitted model and groups yet.`, 'Run it first.');
}
