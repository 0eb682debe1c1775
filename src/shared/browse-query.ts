/** The schemas of row queries and group definitions, for the contract. Apart from the types: a window needs no validator. */
import { z } from 'zod';
import { SET_OPERATIONS } from './named-group.ts';

const column = z.string().min(1);
const out = z.boolean().default(false);

const rowFilter = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('range'),
    column,
    from: z.number().nullable().default(null),
    to: z.number().nullable().default(null),
    missing: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal('values'), column, values: z.array(z.string().nullable()), out }),
  z.strictObject({ kind: z.literal('text'), column, contains: z.string(), out }),
  z.strictObject({ kind: z.literal('class'), classes: z.array(z.string()), out }),
  z.strictObject({ kind: z.literal('group'), group: z.string().min(1), out }),
]);

const filters = z.array(rowFilter).max(50).default([]);
const model = {
  study: z.string().min(1).nullable().default(null),
  point: z.number().int().nonnegative().nullable().default(null),
};

/** One split of a dataset, and who judges its rows. */
export const judgedSplit = { dataset: z.string().min(1), split: z.enum(['train', 'test']), ...model };

export const rowSet = { ...judgedSplit, filters };

export const rowQuery = {
  ...rowSet,
  sort: z
    .array(z.strictObject({ column, descending: z.boolean().default(false) }))
    .max(4)
    .default([]),
};

/** Keys of columns whose cells or heads are wanted. */
export const columnKeys = z.array(column).max(400);

export const groupDefinition = z.union([
  z.strictObject({ rows: z.array(z.number().int().nonnegative()) }),
  z.strictObject({
    terms: z
      .array(z.strictObject({ operation: z.enum(SET_OPERATIONS), group: z.string().min(1) }))
      .min(1)
      .max(50),
  }),
  z.strictObject({ filters, ...model }),
]);

export const MOST_NAME_LETTERS = 120;
