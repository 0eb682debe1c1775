/**
 * Text columns as bags of words: one sparse feature per term, whose value is how often the term stands in the
 * row's text. The vocabulary is chosen by the training rows alone, so that test rows stay unseen.
 */
import type { TextOptions } from '../../shared/column-types.ts';
import type { CategoryColumn, Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { LeverageError } from '../../shared/errors.ts';

/** Letters, marks and digits of any script; an apostrophe inside belongs to its word (don't, l'eau). */
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*/gu;

/** The words of a text in order, composed (NFC), so that é is one however it was typed. */
export function wordsOf(text: string, lowercase: boolean): string[] {
  const composed = text.normalize('NFC');
  return (lowercase ? composed.toLowerCase() : composed).match(WORD) ?? [];
}

export interface Vocabulary {
  /** Most frequent first (by the training rows that hold the term), ties in code-unit order. */
  terms: string[];
  /** Different terms of the training rows, those left out included. */
  found: number;
}

/**
 * The terms that become features: of at least `minimumDocuments` training rows, at most `vocabulary` of them.
 * @param trainRows rows 0…trainRows − 1 of the column choose
 */
export function chooseVocabulary(column: CategoryColumn, trainRows: number, options: TextOptions): Vocabulary {
  const rowsOfText = new Int32Array(column.levels.length);
  for (let row = 0; row < trainRows; row++) if (column.codes[row] >= 0) rowsOfText[column.codes[row]] += 1;
  const documents = new Map<string, number>();
  column.levels.forEach((text, code) => {
    if (rowsOfText[code] === 0) return;
    for (const term of new Set(wordsOf(text, options.lowercase))) {
      documents.set(term, (documents.get(term) ?? 0) + rowsOfText[code]);
    }
  });
  const frequent = [...documents].filter(([, count]) => count >= options.minimumDocuments);
  frequent.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return { terms: frequent.slice(0, options.vocabulary).map(([term]) => term), found: documents.size };
}

/**
 * The dataset with its text columns counted: the block holds the counts, named "column:term"; the texts stay
 * beside it as columns that the model ignores.
 * @param texts options by the name of a feature column that was read as a category
 * @throws LeverageError 'invalidInput' for a column without a term that is frequent enough
 */
export function countTerms(dataset: Dataset, texts: ReadonlyMap<string, TextOptions>): Dataset {
  const rows = dataset.trainRows + dataset.testRows;
  const notes = [...dataset.notes];
  const names: string[] = [];
  const counted: { codes: Int32Array; entries: TermCounts[] }[] = [];
  const columns = dataset.columns.map((column) => {
    const options = texts.get(column.name);
    if (options === undefined || column.kind !== 'category' || column.role !== 'feature') return column;
    const { terms, found } = chooseVocabulary(column, dataset.trainRows, options);
    if (terms.length === 0) throw noTerms(column.name, dataset.source, options);
    counted.push({ codes: column.codes, entries: countsByText(column.levels, terms, names.length, options.lowercase) });
    for (const term of terms) names.push(`${column.name}:${term}`);
    notes.push(
      `Text of "${column.name}": ${terms.length} of ${found} terms are counted, the most frequent of at least ${options.minimumDocuments} training rows.`,
    );
    return { ...column, role: 'ignore' as const };
  });
  if (counted.length === 0) return dataset;
  const indptr = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    indptr[row + 1] = indptr[row];
    for (const { codes, entries } of counted)
      if (codes[row] >= 0) indptr[row + 1] += entries[codes[row]].indices.length;
  }
  const indices = new Int32Array(indptr[rows]);
  const data = new Int32Array(indptr[rows]);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    // Later columns have later features: indices ascend.
    for (const { codes, entries } of counted) {
      if (codes[row] < 0) continue;
      const { indices: terms, counts } = entries[codes[row]];
      indices.set(terms, at);
      data.set(counts, at);
      at += terms.length;
    }
  }
  const block = { kind: 'sparse' as const, columns: names.length, names, scale: 1, data, indices, indptr };
  return { ...dataset, columns, block, notes };
}

/** Counts of one text: ascending feature indices. */
interface TermCounts {
  indices: Int32Array;
  counts: Int32Array;
}

function countsByText(
  texts: readonly string[],
  terms: readonly string[],
  offset: number,
  lowercase: boolean,
): TermCounts[] {
  const indexOf = new Map(terms.map((term, index) => [term, offset + index]));
  return texts.map((text) => {
    const counts = new Map<number, number>();
    for (const word of wordsOf(text, lowercase)) {
      const index = indexOf.get(word);
      if (index !== undefined) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    const indices = Int32Array.from(counts.keys()).sort();
    return { indices, counts: indices.map((index) => counts.get(index) ?? 0) };
  });
}

function noTerms(name: string, source: string, { minimumDocuments }: TextOptions): LeverageError {
  return invalidInput(
    `No word of the text column "${name}" of ${source} stands in at least ${minimumDocuments} training rows.`,
    'Ask for fewer rows per term, or make the column a category or an id.',
  );
}
