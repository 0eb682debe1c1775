/** Named groups in a study: their rows are written in place, so that the study stands for itself. */
import type { GroupSource, StudySpec } from '../../shared/study-spec.ts';
import type { Store } from '../store/index.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';

/**
 * The sources with those that name groups of the dataset (by id or by name) replaced by their rows.
 * @throws LeverageError 'notFound' for a group that the dataset does not have
 */
export function withNamedGroups(sources: readonly GroupSource[], store: Store, datasetId: string): GroupSource[] {
  return sources.map((source) => {
    if (!('named' in source)) return source;
    const known = store.namedGroups.list(datasetId);
    const groups = source.named.map((wanted) => {
      const found = known.find(({ id }) => id === wanted) ?? known.find(({ name }) => name === wanted);
      if (found !== undefined) return found;
      throw new LeverageError(
        'notFound',
        `The dataset has no group named “${wanted}”.`,
        known.length === 0
          ? 'It has no named groups.'
          : `Its groups are ${known.map(({ name }) => `“${name}”`).join(', ')}.`,
      );
    });
    const twice = groups.find((group, at) => groups.indexOf(group) < at);
    if (twice !== undefined) throw invalidInput(`The group “${twice.name}” is named twice.`, 'Name every group once.');
    return {
      members: groups.map(({ id, name }) => ({
        id: name,
        label: name,
        rows: Array.from(store.namedGroups.members(id)),
      })),
    };
  });
}

/** A study's specification with its named groups written out. */
export function specWithRows(spec: StudySpec, store: Store, datasetId: string): StudySpec {
  const sources = Array.isArray(spec.groups) ? spec.groups : [spec.groups];
  if (!sources.some((source) => 'named' in source)) return spec;
  const written = withNamedGroups(sources, store, datasetId);
  return { ...spec, groups: Array.isArray(spec.groups) ? written : written[0] };
}
