/** Named groups of datasets as the window knows them, and what can be done to them. */
import type { Input } from '../../shared/contract.ts';
import type { NamedGroup } from '../../shared/named-group.ts';
import { attempt } from './actions.ts';
import { notices } from './notices.svelte.ts';
import { session } from './session.svelte.ts';

/** The groups of one dataset, kept up to date while the component that made it lives. */
export class DatasetGroups {
  /** Null until fetched. */
  list = $state.raw<readonly NamedGroup[] | null>(null);

  constructor(dataset: () => string) {
    $effect(() => {
      const wanted = dataset();
      void session.groupRevision;
      if (wanted === '') return;
      void attempt(() => session.call('groups.list', { dataset: wanted })).then((answer) => {
        if (dataset() === wanted && answer !== null) this.list = answer;
      });
    });
  }

  find(id: string): NamedGroup | null {
    return this.list?.find((group) => group.id === id) ?? null;
  }
}

/** Null when it was refused; the refusal is shown. */
export function saveGroup(group: Input<'groups.save'>): Promise<NamedGroup | null> {
  return attempt(async () => {
    const saved = await session.call('groups.save', group);
    notices.confirm(`“${saved.name}” is kept with the dataset.`);
    return saved;
  });
}

/** @returns whether it was done */
export async function renameGroup(id: string, name: string): Promise<boolean> {
  return (await attempt(async () => (await session.call('groups.rename', { id, name }), true))) ?? false;
}

/** Deletes at once and offers to undo it. */
export async function deleteGroup({ id, name }: NamedGroup): Promise<void> {
  const done = await attempt(async () => (await session.call('groups.delete', { id }), true));
  if (done === null) return;
  notices.confirm(`The group “${name}” was deleted. Studies that used it keep its rows.`, {
    label: 'Undo',
    run: () => void attempt(() => session.call('groups.restore', { id })),
  });
}
