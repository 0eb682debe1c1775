/** What a person can say of a table's columns before they are read: their types, and how text becomes numbers. */
import { z } from 'zod';

/** `number` and `category` as in a Dataset; `text` is counted word by word (a bag of words). */
export const COLUMN_TYPES = ['number', 'category', 'text'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export const columnTypes = z.record(z.string(), z.enum(COLUMN_TYPES));

/** How the words of one text column are counted. */
export const textColumn = z.strictObject({
  /** At most this many terms become features: those of the most training rows. */
  vocabulary: z.number().int().min(1).max(200_000).optional(),
  /** A term of fewer training rows is no feature. */
  minimumDocuments: z.number().int().min(1).optional(),
  /** Whether "Word" and "word" are one term. */
  lowercase: z.boolean().optional(),
});
export const textColumns = z.record(z.string(), textColumn);

export type TextOptions = Required<z.output<typeof textColumn>>;

export const TEXT_DEFAULTS: TextOptions = { vocabulary: 2000, minimumDocuments: 5, lowercase: true };
