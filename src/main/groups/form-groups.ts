/** All groups of a study: each source of the specification in turn. */
import type { Column } from '../../shared/dataset.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import type { Group } from '../../shared/group.ts';
import type { GroupSource } from '../../shared/study-spec.ts';
import { GROUP_CONSTRUCTORS } from './constructors.ts';
import type { GroupContext } from './group-context.ts';
import { groupSizes } from './group-sizes.ts';
import { handMadeGroups } from './hand-made-groups.ts';
import { leaveOneOutGroups } from './leave-one-out.ts';
import { naturalGroups } from './natural-groups.ts';
import { randomTwins } from './random-twins.ts';

/** A `GroupContext` without what each source brings itself. */
export type FormingContext = Omit<GroupContext, 'sizes' | 'seed'>;

/**
 * The groups of `sources`, in order; within a source of constructors, in the order they are named. Ids are
 * unique: where a later group has the id of an earlier one, "-2", "-3" … is appended, with a remark.
 *
 * @param fileGroups what `readGroupsFile` made of each file source, by its position in `sources`
 * @throws LeverageError invalidInput when a column does not exist or can not make groups, or there is no group at all
 */
export async function formGroups(
  sources: readonly GroupSource[],
  context: FormingContext,
  fileGroups: Record<number, Group[]>,
): Promise<Group[]> {
  const shared = rememberInfluence(context);
  const groups: Group[] = [];
  for (const [position, source] of sources.entries()) {
    context.checkCancelled();
    groups.push(...(await groupsOfSource(source, position, shared, fileGroups)));
  }
  if (groups.length === 0) {
    throw invalidInput(
      'The study has no groups: none of its sources formed one.',
      'Ask for smaller sizes, another column or a smaller minimum size.',
    );
  }
  return withUniqueIds(groups, context.note);
}

async function groupsOfSource(
  source: GroupSource,
  position: number,
  context: FormingContext,
  fileGroups: Record<number, Group[]>,
): Promise<Group[]> {
  const trainRows = context.design.train.X.rows;
  if ('constructors' in source) {
    const sizes = groupSizes(trainRows, source.sizes);
    const groups: Group[] = [];
    for (const name of new Set(source.constructors)) {
      context.checkCancelled();
      groups.push(...(await GROUP_CONSTRUCTORS[name]({ ...context, sizes, seed: source.seed })));
    }
    return groups;
  }
  if ('column' in source) {
    const groups = naturalGroups(columnNamed(source.column, context), trainRows, source);
    if (groups.length === 0) {
      const least = source.minimumSize ?? 1;
      context.note(
        `Column "${source.column}": no value has at least ${least} training ${least === 1 ? 'row' : 'rows'}.`,
      );
    }
    const { permutations } = source;
    if (permutations === undefined) return groups;
    return [...groups, ...randomTwins(groups, source.column, trainRows, permutations)];
  }
  if ('leaveOneOut' in source) return leaveOneOutGroups(source.leaveOneOut, trainRows);
  if ('members' in source) return handMadeGroups(source.members, trainRows);
  if ('named' in source) throw new LeverageError('internal', 'The rows of the named groups were not written out.');
  const groups = fileGroups[position];
  if (groups === undefined) throw new LeverageError('internal', `The groups of ${source.file} were not read.`);
  return groups;
}

function columnNamed(name: string, { dataset }: FormingContext): Column {
  const column = dataset.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const names = dataset.columns.map((candidate) => `"${candidate.name}"`);
  const known = names.length > 12 ? [...names.slice(0, 12), '…'] : names;
  throw invalidInput(
    `The dataset "${dataset.name}" has no column "${name}" to make groups of.`,
    known.length === 0 ? 'It has no named columns.' : `Its columns are ${known.join(', ')}.`,
  );
}

/** Both influence constructors ask for the same test points: each is computed once. */
function rememberInfluence(context: FormingContext): FormingContext {
  const known = new Map<number, Promise<Float64Array>>();
  return {
    ...context,
    influenceOnLoss(testRow) {
      const influence = known.get(testRow) ?? context.influenceOnLoss(testRow);
      known.set(testRow, influence);
      return influence;
    },
  };
}

function withUniqueIds(groups: readonly Group[], note: (text: string) => void): Group[] {
  const taken = new Set(groups.map(({ id }) => id));
  const used = new Set<string>();
  let renamed = 0;
  const unique = groups.map((group) => {
    if (!used.has(group.id)) {
      used.add(group.id);
      return group;
    }
    let copy = 2;
    while (taken.has(`${group.id}-${copy}`)) copy++;
    const id = `${group.id}-${copy}`;
    taken.add(id);
    used.add(id);
    renamed++;
    return { ...group, id };
  });
  if (renamed > 0)
    note(
      `${renamed} ${renamed === 1 ? 'group has' : 'groups have'} an id that an earlier source uses too: a number was appended.`,
    );
  return unique;
}
