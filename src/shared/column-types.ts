/** What a person can say of a table's columns before they are read: their types, and how text becomes numbers. */

/** `number` and `category` as in a Dataset; `text` is counted word by word (a bag of words). */
export const COLUMN_TYPES = ['number', 'category', 'text'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** How the words of one text column are counted. */
export interface TextOptions {
  /** At most this many terms become features: those of the most training rows. */
  vocabulary: number;
  /** A term of fewer training rows is no feature. */
  minimumDocuments: number;
  /** Whether "Word" and "word" are one term. */
  lowercase: boolean;
}

export const TEXT_DEFAULTS: TextOptions = { vocabulary: 2000, minimumDocuments: 5, lowercase: true };
export const MOST_TERMS = 200_000;
