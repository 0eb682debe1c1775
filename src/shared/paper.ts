/** Koh et al. 2019 as the program reproduces it: figures, claims and what became of them. */
import type { GroupOrigin } from './quantities.ts';
import type { StudyStatus } from './study.ts';

export const PAPER_FIGURES = ['table-1', '1', '2', '3', '4-left', '4-right', 'C.1', 'C.2', 'C.4'] as const;
export type PaperFigureId = (typeof PAPER_FIGURES)[number];

/** How much is computed: the paper's 1,700 groups, or a fraction of them in minutes. */
export type PaperScale = 'full' | 'quick';

/** One statement of the paper beside what was found. */
export interface ClaimRow {
  /** Unique in a report: "1/diabetes/margin/rho". */
  id: string;
  figure: PaperFigureId;
  statement: string;
  paperValue: string;
  ourValue: string;
  met: boolean | 'not run';
  /** How it was computed and judged; where it is not met and a reason is known, the reason. */
  how: string;
  /** The studies it was read from. */
  studies: string[];
  /** Computing time of those studies. */
  seconds: number;
}

export interface PaperChart {
  title: string;
  caption: string;
  /** An inline drawing that takes its colours from the page's custom properties. */
  svg: string;
}

/** A figure as the gallery lists it. */
export interface PaperFigureEntry {
  id: PaperFigureId;
  /** "Figure 1", "Figures C.2–C.3". */
  number: string;
  title: string;
  /** What the figure asks, in one sentence. */
  question: string;
  /** What the paper found. */
  finding: string;
  claims: ClaimRow[];
  /** False where judging it takes seconds and has not been done yet: claims and cover are then empty. */
  judged: boolean;
  /** Its first chart; null where nothing was run. */
  cover: PaperChart | null;
  /** Studies of the store that belong to it, newest first. */
  studies: { id: string; name: string; datasetId: string; datasetName: string; status: StudyStatus }[];
}

export interface PaperFigurePage extends PaperFigureEntry {
  /** How the groups in its charts were made, for the legend. */
  origins: GroupOrigin[];
  charts: PaperChart[];
}

/** The mark by which a study belongs to a figure. */
export function figureTag(id: PaperFigureId): string {
  return `paper ${id}`;
}

/** The datasets of the paper that can be had, as they are recognised by their shape. */
export const KNOWN_DATASETS = ['diabetes', 'enron', 'mnist', 'cdr', 'spambase'] as const;
export type KnownDataset = (typeof KNOWN_DATASETS)[number];

/** Made by the program, for what no file was given. */
export const GENERATED_DATASETS = ['weak-labels', 'sources', 'counterexample'] as const;
export type GeneratedDataset = (typeof GENERATED_DATASETS)[number];

/** A dataset that `--data` held. */
export interface FoundDataset {
  key: KnownDataset;
  datasetId: string;
  /** Files it was read from and how it was prepared. */
  from: string;
}
