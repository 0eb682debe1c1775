/** What the engine and the thread of a What-if say to each other. Both ends are this program, of one build. */
import type { Failure } from '../../shared/errors.ts';
import type {
  WhatIfDose,
  WhatIfInput,
  WhatIfModel,
  WhatIfPrediction,
  WhatIfRetraining,
  WhatIfSpectrum,
} from '../../shared/what-if.ts';

export interface WhatIfAnswers {
  open: WhatIfModel;
  points: { values: Float64Array };
  filter: { rows: Int32Array };
  predict: WhatIfPrediction;
  retrain: WhatIfRetraining;
  dose: WhatIfDose;
  spectrum: WhatIfSpectrum;
}
export type Question = keyof WhatIfAnswers;

/** Given to the thread when it starts. */
export interface WhatIfSetup {
  storeFile: string;
  studyId: string;
  device: string | null;
  /** One Int32 per question under way, by its number modulo SLOTS: 1 when its answer is no longer wanted. */
  unwanted: SharedArrayBuffer;
}

/** More questions than this are never under way at once. */
export const SLOTS = 1024;

export type Ask = { [Q in Question]: { number: number; question: Q; input: WhatIfInput<Q> } }[Question];
export type ToThread = Ask | 'end';

export type FromThread = { number: number } & ({ answer: WhatIfAnswers[Question] } | { failure: Failure });
