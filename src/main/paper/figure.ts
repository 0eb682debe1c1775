/** What a figure of the paper is to the program: the studies behind it, what they say of its claims, and its charts. */
import type { Dataset, DatasetSummary } from '../../shared/dataset.ts';
import type { KnownDataset, ClaimRow, PaperChart, PaperFigureId, PaperScale } from '../../shared/paper.ts';
import { knownDataset } from '../../shared/paper-studies.ts';
import type { StudySpec } from '../../shared/study-spec.ts';
import type { BundleInput } from '../report/bundle.ts';

/** A finished study that belongs to a figure. */
export interface PaperResult {
  id: string;
  name: string;
  seconds: number;
  summary: DatasetSummary;
  /** Everything its bundle tells, read when first asked for. */
  input(): BundleInput;
  /** The data, for what effects are compared with (precision of a labeling function). */
  dataset(): Dataset;
}

export interface PaperFigure {
  id: PaperFigureId;
  number: string;
  title: string;
  question: string;
  finding: string;
  /** The studies to run for it. */
  experiments(data: readonly DatasetSummary[], scale: PaperScale): StudySpec[];
  /** Its claims are computed, not read from studies, and that takes seconds: a list of figures does not wait for it. */
  slow?: boolean;
  claims(results: readonly PaperResult[]): ClaimRow[] | Promise<ClaimRow[]>;
  charts(results: readonly PaperResult[]): PaperChart[] | Promise<PaperChart[]>;
}

/** The name of a dataset inside a claim's id, and its title for people. */
export function datasetKey({ summary }: PaperResult): string {
  return knownDataset(summary) ?? summary.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

const TITLES: Record<KnownDataset, string> = {
  diabetes: 'Diabetes',
  enron: 'Enron',
  mnist: 'MNIST',
  cdr: 'CDR',
  spambase: 'Spambase',
};

export function datasetTitle({ summary }: PaperResult): string {
  const known = knownDataset(summary);
  // Without what a registry adds in brackets.
  return known === null ? summary.name.replace(/ \([^)]*\)$/, '') : TITLES[known];
}

/** A claim about one study. */
export function claimOf(
  figure: PaperFigureId,
  result: PaperResult,
  key: string,
  row: Pick<ClaimRow, 'statement' | 'paperValue' | 'ourValue' | 'met' | 'how'>,
): ClaimRow {
  return {
    id: `${figure}/${datasetKey(result)}/${key}`,
    figure,
    ...row,
    statement: `${datasetTitle(result)}: ${row.statement}`,
    how:
      row.met === false && knownDataset(result.summary) === null
        ? `${row.how} These are not data of the paper.`
        : row.how,
    studies: [result.id],
    seconds: result.seconds,
  };
}

/** A claim that nothing was computed for, and why. */
export function notRun(
  figure: PaperFigureId,
  key: string,
  statement: string,
  paperValue: string,
  how: string,
): ClaimRow {
  return {
    id: `${figure}/${key}`,
    figure,
    statement,
    paperValue,
    ourValue: '–',
    met: 'not run',
    how,
    studies: [],
    seconds: 0,
  };
}

/** Data of the paper that nobody can have. */
export const UNAVAILABLE = [
  { key: 'dogfish', title: 'Dogfish', why: 'The features are Inception embeddings of images that are not public.' },
  {
    key: 'multinli',
    title: 'MultiNLI',
    why: 'The features are BERT embeddings made with the authors’ own fine-tuning; with 392,702 rows × 768 they are not offered for download.',
  },
] as const;
