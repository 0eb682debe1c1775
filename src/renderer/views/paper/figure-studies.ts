/** The studies of a figure on a dataset of the library. Pure. */
import type { DatasetSummary } from '../../../shared/dataset.ts';
import { PAPER_FIGURES } from '../../../shared/paper.ts';
import type { ClaimRow, PaperFigureId, PaperScale } from '../../../shared/paper.ts';
import { paperStudies } from '../../../shared/paper-studies.ts';
import type { StudySpec } from '../../../shared/study-spec.ts';

/** None for what is no figure, or has no meaning for the dataset. */
export function paperSpecs(
  figure: string | undefined,
  dataset: DatasetSummary,
  scale: string | undefined,
): StudySpec[] {
  const id = figureId(figure);
  if (id === null) return [];
  const chosen: PaperScale = scale === 'full' ? 'full' : 'quick';
  return paperStudies(id, dataset, chosen);
}

export function figureId(text: string | undefined): PaperFigureId | null {
  return PAPER_FIGURES.find((id) => id === text) ?? null;
}

/** What a figure needs of a dataset, where a dataset has it not. */
export const NEEDS: Partial<
  Record<PaperFigureId, { text: string; generate: 'weak-labels' | 'sources' | 'counterexample' }>
> = {
  '3': { text: 'The counterexample is data made for it: four points and their copies.', generate: 'counterexample' },
  '4-left': {
    text: 'It needs rows that are votes of labeling functions, with a group column “lf”.',
    generate: 'weak-labels',
  },
  '4-right': { text: 'It needs a group column: sources, annotators, hospitals.', generate: 'sources' },
};

export interface ClaimTally {
  met: number;
  failed: number;
  open: number;
}

export function tally(claims: readonly ClaimRow[]): ClaimTally {
  return {
    met: claims.filter(({ met }) => met === true).length,
    failed: claims.filter(({ met }) => met === false).length,
    open: claims.filter(({ met }) => met === 'not run').length,
  };
}
