/** The registry of figures, in the order of the gallery and of the report. */
import { figure1 } from './figure-1.ts';
import { figure2 } from './figure-2.ts';
import { figure3 } from './figure-3.ts';
import { figureC1 } from './figure-c1.ts';
import { figureC4 } from './figure-c4.ts';
import type { PaperFigure } from './figure.ts';
import { labelingFunctions } from './labeling-functions.ts';
import { lambdaSweep } from './lambda-sweep.ts';
import { sources } from './sources.ts';
import { table1 } from './table-1.ts';

export const FIGURES: readonly PaperFigure[] = [
  table1,
  figure1,
  figure2,
  figure3,
  labelingFunctions,
  sources,
  figureC1,
  lambdaSweep,
  figureC4,
];
