/** The schemas of column types and text options, for the contract and for study.json. Apart from them: a window needs no validator. */
import { z } from 'zod';
import { COLUMN_TYPES, MOST_TERMS } from './column-types.ts';

export const columnTypes = z.record(z.string(), z.enum(COLUMN_TYPES));

/** By column; what is left out has the value of TEXT_DEFAULTS. */
export const textColumns = z.record(
  z.string(),
  z.strictObject({
    vocabulary: z.number().int().min(1).max(MOST_TERMS).optional(),
    minimumDocuments: z.number().int().min(1).optional(),
    lowercase: z.boolean().optional(),
  }),
);
