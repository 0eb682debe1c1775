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

/** Every word of the query occurs in the study's name, dataset or status. */
export function matchesSearch(study: StudySummary, query: string): boolean {
  const text = `${study.name} ${study.datasetName} ${STATUS_WORDS[study.status].title}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
