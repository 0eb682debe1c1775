/** What of the paper's data lies in a folder, found by names and contents: prepared files first, then raw originals. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { KnownDataset, PaperScale } from '../../shared/paper.ts';
import type { DatasetSpec } from '../../shared/study-spec.ts';
import { openRandomAccess, readWhole, sourceFile } from '../datasets/source-file.ts';
import type { ReadControl } from '../datasets/source-file.ts';
import { readEntry, zipEntries } from '../datasets/zip-archive.ts';
import { prepareDiabetes } from './diabetes-table.ts';
import { prepareEnron, readMailArchive, readMailFolder } from './enron-mail.ts';

export interface FoundData {
  key: KnownDataset;
  title: string;
  /** For the report: what was read and what was done to it. */
  from: string;
  load: { kind: 'spec'; spec: DatasetSpec } | { kind: 'read'; read(control: ReadControl): Promise<Dataset> };
}

const DEEPEST = 3;
/** MNIST's rows when little is to be computed. */
const QUICK_IMAGES = 2000;
/** The paper holds these back for validation. */
const VALIDATION_IMAGES = 5000;
const LOOKED_FOR =
  'It is searched for diabetes.npz, diabetic_data.csv or its zip, enron.npz, enron1, MNIST’s IDX files, cdr.npz and spambase.data.';

/**
 * @returns one entry per dataset that is there
 * @throws LeverageError 'invalidInput' when `folder` is none, or holds nothing of the paper's
 */
export function findPaperData(folder: string, scale: PaperScale): FoundData[] {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory()) {
    throw invalidInput(`--data: "${folder}" is ${found === undefined ? 'not there' : 'not a folder'}.`, LOOKED_FOR);
  }
  const { files, folders } = listing(folder);
  const named = (pattern: RegExp): string | null => files.find((path) => pattern.test(basename(path))) ?? null;
  const data = [
    diabetes(named),
    enron(named, folders),
    mnist(named, scale),
    archive('cdr', 'CDR', named(/^cdr\.npz$/i)),
    spambase(named(/^spambase\.(data|csv)$/i)),
  ].filter((one) => one !== null);
  if (data.length === 0) throw invalidInput(`--data: "${folder}" holds none of the paper’s data.`, LOOKED_FOR);
  return data;
}

type Named = (pattern: RegExp) => string | null;

function archive(key: KnownDataset, title: string, path: string | null): FoundData | null {
  if (path === null) return null;
  return { key, title, from: basename(path), load: { kind: 'spec', spec: { file: path } } };
}

function diabetes(named: Named): FoundData | null {
  const prepared = archive('diabetes', 'Diabetes', named(/^diabetes\.npz$/i));
  if (prepared !== null) return prepared;
  const raw = named(/^diabetic_data\.csv(\.gz)?$/i) ?? named(/^(dataset_)?diabetes.*\.zip$/i);
  if (raw === null) return null;
  const read = async (control: ReadControl): Promise<Dataset> => {
    const text = raw.toLowerCase().endsWith('.zip')
      ? await tableOfZip(raw, control)
      : (await readWhole(await sourceFile(raw), control)).toString('utf8');
    return prepareDiabetes(text, basename(raw));
  };
  return {
    key: 'diabetes',
    title: 'Diabetes',
    from: `${basename(raw)}, prepared as in the paper (which rows it drew is not known)`,
    load: { kind: 'read', read },
  };
}

async function tableOfZip(path: string, control: ReadControl): Promise<string> {
  const access = await openRandomAccess(await sourceFile(path), control);
  try {
    const entries = await zipEntries(access, basename(path));
    const table = entries.find(({ name }) => basename(name) === 'diabetic_data.csv');
    if (table === undefined) {
      throw invalidInput(
        `${basename(path)} does not hold diabetic_data.csv.`,
        'Give the archive of the UCI repository (296).',
      );
    }
    return (await readEntry(access, table, basename(path))).toString('utf8');
  } finally {
    await access.close();
  }
}

function enron(named: Named, folders: readonly string[]): FoundData | null {
  const prepared = archive('enron', 'Enron', named(/^enron\.npz$/i));
  if (prepared !== null) return prepared;
  const folder = folders.find((path) => folders.includes(join(path, 'ham')) && folders.includes(join(path, 'spam')));
  const packed = named(/^enron1\.(tar\.gz|tgz|tar)$/i);
  const path = folder ?? packed;
  if (path === undefined || path === null) return null;
  const where = basename(path);
  return {
    key: 'enron',
    title: 'Enron',
    from: `the mails of ${where}, words counted by Leverage (not the paper’s vocabulary)`,
    load: {
      kind: 'read',
      read: async (control) =>
        prepareEnron(
          folder === undefined
            ? readMailArchive(await readWhole(await sourceFile(path), control), where)
            : await readMailFolder(folder),
          where,
        ),
    },
  };
}

function mnist(named: Named, scale: PaperScale): FoundData | null {
  const [trainImages, trainLabels, testImages, testLabels] = [
    'train-images',
    'train-labels',
    't10k-images',
    't10k-labels',
  ].map((start) => named(new RegExp(`^${start}[-.]idx\\d-ubyte(\\.gz)?$`, 'i')));
  if (!trainImages || !trainLabels || !testImages || !testLabels) return null;
  return {
    key: 'mnist',
    title: 'MNIST',
    from:
      scale === 'full'
        ? 'IDX files, the first 5 000 training images held back as in the paper'
        : `IDX files, ${QUICK_IMAGES} training images only (--quick)`,
    load: {
      kind: 'spec',
      spec: {
        train: { images: trainImages, labels: trainLabels },
        test: { images: testImages, labels: testLabels },
        validationRows: VALIDATION_IMAGES,
        scale: 1 / 255,
        ...(scale === 'quick' ? { trainRows: QUICK_IMAGES } : {}),
      },
    },
  };
}

function spambase(path: string | null): FoundData | null {
  if (path === null) return null;
  return {
    key: 'spambase',
    title: 'Spambase',
    from: `${basename(path)} (not of the paper)`,
    load: {
      kind: 'spec',
      spec: { train: path, label: 'spam_or_not', test: { fraction: 0.2, seed: 0 } },
    },
  };
}

/** Files and folders, at most three levels down, each in the order of names. */
function listing(root: string): { files: string[]; folders: string[] } {
  const files: string[] = [];
  const folders = [root];
  const visit = (folder: string, depth: number): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && statSync(path).isDirectory());
      if (!isFolder) files.push(path);
      else {
        folders.push(path);
        if (depth < DEEPEST) visit(path, depth + 1);
      }
    }
  };
  visit(root, 1);
  return { files, folders };
}
