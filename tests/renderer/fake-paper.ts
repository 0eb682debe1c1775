/** The paper's figures, as the fake engine knows them: one that was run and one that was not. */
import type { PaperChart, PaperFigureEntry } from '../../src/shared/paper.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { CANCER } from './fake-data.ts';
import type { Answers } from './fake-part.ts';

const CHART: PaperChart = {
  title: 'Breast cancer · Test loss',
  caption: 'ρ .937 · influence underestimates 95 % of 85 groups',
  svg: '<svg viewBox="0 0 100 90" role="img" aria-label="influence against actual"><path d="M10 80L90 10" stroke="var(--chart-diagonal)" fill="none"/><circle cx="40" cy="50" r="3" fill="var(--group-random)"/></svg>',
};

const FIGURES: PaperFigureEntry[] = [
  {
    id: '1',
    number: 'Figure 1',
    title: 'Influence against actual effects',
    question: 'Does influence rank whole groups as removing them and retraining would?',
    finding: 'Spearman’s ρ is .89 to .99 on all of the paper’s panels.',
    claims: [
      {
        id: '1/breast-cancer/loss/rho',
        figure: '1',
        statement: 'Breast cancer: influence ranks the groups, on test loss',
        paperValue: 'ρ = .89–.99',
        ourValue: 'ρ = .937',
        met: true,
        how: 'Spearman’s ρ over 85 groups.',
        studies: [],
        seconds: 0.6,
      },
      {
        id: '1/dogfish',
        figure: '1',
        statement: 'Dogfish: influence ranks the groups',
        paperValue: 'ρ = .89–.99',
        ourValue: '–',
        met: 'not run',
        how: 'The features are not public.',
        studies: [],
        seconds: 0,
      },
    ],
    judged: true,
    cover: CHART,
    studies: [],
  },
  {
    id: '4-left',
    number: 'Figure 4, left and middle',
    title: 'Labeling functions',
    question: 'What does a labeling function do to the model?',
    finding: 'Influence goes with coverage and not with precision.',
    claims: [],
    judged: true,
    cover: null,
    studies: [],
  },
];

export function paperAnswers(): Answers {
  return {
    'paper.figures': () => FIGURES,
    'paper.figure': ({ id }) => {
      const figure = FIGURES.find((one) => one.id === id);
      if (figure === undefined) throw new LeverageError('notFound', `The fake has no figure "${id}".`);
      return {
        ...figure,
        charts: figure.cover === null ? [] : [figure.cover],
        origins: ['random', 'sharedFeature'],
      };
    },
    'paper.dataset': () => CANCER,
  };
}
