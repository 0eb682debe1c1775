import type { Engine } from '../../shared/contract.ts';
import type { DatasetSummary } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { StudySummary } from '../../shared/study.ts';

/** Enough of an id to type. */
const SHORTEST_PREFIX = 4;

/** The study with this id, or whose id alone begins so. Throws 'invalidInput'. */
export async function findStudy(engine: Engine, id: string): Promise<StudySummary> {
  const found = matching(await engine.call('studies.list', {}), id);
  if (found !== null) return found;
  throw invalidInput(`There is no study "${id}".`, '"list" shows the ids of all studies.');
}

/** As `findStudy`; then among the datasets. */
export async function findStudyOrDataset(
  engine: Engine,
  id: string,
): Promise<{ kind: 'study'; study: StudySummary } | { kind: 'dataset'; dataset: DatasetSummary }> {
  const study = matching(await engine.call('studies.list', {}), id);
  if (study !== null) return { kind: 'study', study };
  const dataset = matching(await engine.call('datasets.list', {}), id);
  if (dataset !== null) return { kind: 'dataset', dataset };
  throw invalidInput(`There is no study or dataset "${id}".`, '"list" shows the ids of all of them.');
}

function matching<T extends { id: string }>(items: readonly T[], id: string): T | null {
  const exact = items.find((item) => item.id === id);
  if (exact !== undefined) return exact;
  const begun = id.length < SHORTEST_PREFIX ? [] : items.filter((item) => item.id.startsWith(id));
  if (begun.length > 1) {
    throw invalidInput(`"${id}" begins the ids of ${begun.length} things.`, 'Give more of the id.');
  }
  return begun[0] ?? null;
}
