/**
 * Enron-Spam's enron1 (Metsis et al. 2006) as word counts: every mail of the folders ham and spam, four fifths of them for
 * training; the 3,289 most frequent words of the training mails. The paper's own vocabulary takes a version of spaCy.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import { countTerms } from '../datasets/bag-of-words.ts';
import { categoryFromStrings } from '../datasets/table-columns.ts';
import { openStream } from '../groups/random-stream.ts';

const VOCABULARY = 3289;

export interface Mail {
  /** "spam/0006.2003-12-18.GP.spam.txt" */
  name: string;
  text: string;
  spam: boolean;
}

/** Mails of a folder that holds `ham` and `spam`. */
export async function readMailFolder(folder: string): Promise<Mail[]> {
  const mails: Mail[] = [];
  for (const kind of ['ham', 'spam']) {
    for (const name of readdirSync(join(folder, kind)).sort()) {
      if (!name.endsWith('.txt')) continue;
      mails.push({
        name: `${kind}/${name}`,
        text: await readFile(join(folder, kind, name), 'latin1'),
        spam: kind === 'spam',
      });
    }
  }
  return mails;
}

const BLOCK = 512;

/** Mails of a tar archive (uncompressed): the regular files under `ham` and `spam`. (POSIX.1-1988 ustar) */
export function readMailArchive(tar: Buffer, where: string): Mail[] {
  const mails: Mail[] = [];
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const name = textField(tar, at, 100);
    const size = Number.parseInt(textField(tar, at + 124, 12).trim() || '0', 8);
    if (!Number.isFinite(size) || at + BLOCK + size > tar.length) {
      throw invalidInput(`${where} is damaged: the entry ${name} is longer than the archive.`, 'Download it again.');
    }
    const kind = /(?:^|\/)(ham|spam)\/[^/]+\.txt$/.exec(name)?.[1];
    const regular = tar[at + 156] === 0x30 || tar[at + 156] === 0;
    if (kind !== undefined && regular)
      mails.push({ name, text: tar.toString('latin1', at + BLOCK, at + BLOCK + size), spam: kind === 'spam' });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return mails.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws LeverageError 'invalidInput' where there are too few mails of a kind */
export function prepareEnron(mails: readonly Mail[], where: string): Dataset {
  const spam = mails.filter((mail) => mail.spam).length;
  if (spam < 10 || mails.length - spam < 10) {
    throw invalidInput(
      `${where} holds ${mails.length - spam} mails in ham and ${spam} in spam.`,
      'Give the folder or archive enron1 with its folders ham and spam.',
    );
  }
  const stream = openStream(0, 'paper', 'enron');
  const order = [...mails];
  for (let i = order.length - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const trainRows = Math.floor(0.8 * order.length);
  const text = categoryFromStrings(
    'text',
    'feature',
    order.map((mail) => mail.text),
  );
  const dataset: Dataset = {
    name: 'enron',
    trainRows,
    testRows: order.length - trainRows,
    columns: [
      { kind: 'number', name: 'y', role: 'target', values: Float64Array.from(order, (mail) => Number(mail.spam)) },
      text,
      categoryFromStrings(
        'filename',
        'id',
        order.map((mail) => mail.name),
      ),
    ],
    block: null,
    image: null,
    source: where,
    notes: ['Four fifths of the mails, drawn with seed 0, are training rows.'],
  };
  const counted = countTerms(
    dataset,
    new Map([['text', { vocabulary: VOCABULARY, minimumDocuments: 2, lowercase: true }]]),
  );
  // The texts have been counted: 5,172 mails need not be kept beside their counts.
  return { ...counted, columns: counted.columns.filter(({ name }) => name !== 'text') };
}

function textField(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
}
