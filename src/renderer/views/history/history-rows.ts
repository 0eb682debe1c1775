/** What the table of studies shows and finds. Pure. */
import type { Agreement, StudySummary } from '../../../shared/study.ts';
import { STATUS_WORDS } from '../../state/status-words.ts';

/** Lowest and highest rank correlation of influence with the actual effect, over all evaluations and all groups. */
export function headlineCorrelation(agreements: readonly Agreement[]): [number, number] | null {
  const values = agreements
    .filter((agreement) => agreement.groups === 'all' && agreement.estimator === 'influence')
    .map((agreement) => agreement.spearman)
    .filter(Number.isFinite);
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}

/** Every word of the query occurs in the study's name, dataset, status, tags or note. */
export function matchesSearch(study: StudySummary, query: string): boolean {
  const text = [study.name, study.datasetName, STATUS_WORDS[study.status].title, ...study.tags, study.note]
    .join(' ')
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The studies found, in the order of the table: pinned ones first, otherwise as they come (newest first). */
export function shownStudies(
  studies: readonly StudySummary[],
  query: string,
  tags: ReadonlySet<string>,
): StudySummary[] {
  const found = studies.filter(
    (study) => matchesSearch(study, query) && [...tags].every((tag) => study.tags.includes(tag)),
  );
  return [...found.filter((study) => study.pinned), ...found.filter((study) => !study.pinned)];
}

/** Every tag in use and how many studies have it: the most used first, equals by name. */
export function tagCounts(studies: readonly StudySummary[]): { tag: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const study of studies) for (const tag of study.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .map(([tag, count]) => ({ tag, count }))
    .sort((a, b) => b.count - a.count || a.tag.localeCompare(b.tag, 'en', { numeric: true }));
}

/** Why the chosen studies can not be set against each other, or null when they can. */
export function whyNotTwo(chosen: readonly StudySummary[]): string | null {
  return chosen.length === 2 ? null : 'Choose two studies to set one against the other.';
}

/** Why no curve of ρ against λ can be drawn of the chosen studies, or null when it can. */
export function whyNoCurve(chosen: readonly StudySummary[]): string | null {
  const [first] = chosen;
  if (first === undefined || chosen.length < 2) return 'Choose two or more studies of one dataset.';
  if (chosen.some((study) => study.datasetId !== first.datasetId)) return 'The chosen studies are of different data.';
  if (new Set(chosen.map((study) => study.relativeL2)).size < 2) return 'The chosen studies have the same λ/n.';
  return null;
}
