/** The bench's workloads: datasets beside the project, the paper's models, and the peers that each is held against. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PeerCall, PeerDataset } from './peer.ts';

const DATA = resolve(dirname(fileURLToPath(import.meta.url)), '../../../shared/data');

/** Groups that one size gives at 6 test points: five constructors once, the two by influence per test point. */
export const GROUPS_PER_SIZE = 17;
export const WHOLE_STUDY = 1700;

export interface Workload {
  name: string;
  title: string;
  /** All must be there. */
  files: string[];
  /** As in a study file. */
  dataset: Record<string, unknown>;
  peerDataset: PeerDataset;
  relativeL2: number;
  quantities: string[];
  /** Groups when the command line does not say: what ends in some minutes. */
  groups: number;
  peers: PeerCall[];
}

const MARGIN_TO_MEAN = ['margin', 'loss', 'selfLoss', 'meanTestLoss'];
const PAPERS_CALL = { solver: 'lbfgs', tolerance: 1e-8 } as const;

const diabetesFile = join(DATA, 'diabetes/diabetes.npz');
const enronFile = join(DATA, 'enron/enron.npz');
const mnist = (part: string, kind: 'images-idx3' | 'labels-idx1'): string =>
  join(DATA, `mnist/${part}-${kind}-ubyte.gz`);
const [images, labels] = [mnist('train', 'images-idx3'), mnist('train', 'labels-idx1')];
const test = { images: mnist('t10k', 'images-idx3'), labels: mnist('t10k', 'labels-idx1') };

export const WORKLOADS = {
  diabetes: {
    name: 'diabetes',
    title: 'Diabetes, 20,000 × 127',
    files: [diabetesFile],
    dataset: { file: diabetesFile },
    peerDataset: { npz: diabetesFile },
    relativeL2: 2.154e-4,
    quantities: MARGIN_TO_MEAN,
    groups: WHOLE_STUDY,
    peers: [
      { ...PAPERS_CALL, layout: 'dense' },
      { solver: 'newton-cholesky', tolerance: null, layout: 'dense' },
      { solver: 'newton-cg', tolerance: null, layout: 'dense' },
      { solver: 'scipy-lbfgsb', tolerance: null, layout: 'dense' },
    ],
  },
  enron: {
    name: 'enron',
    title: 'Enron, 4,137 × 3,289',
    files: [enronFile],
    dataset: { file: enronFile },
    peerDataset: { npz: enronFile },
    relativeL2: 1e-3,
    quantities: MARGIN_TO_MEAN,
    groups: 340,
    peers: [
      { ...PAPERS_CALL, layout: 'dense' },
      { ...PAPERS_CALL, layout: 'sparse' },
      // It takes no sparse X.
      { solver: 'newton-cholesky', tolerance: null, layout: 'dense' },
      { solver: 'newton-cg', tolerance: null, layout: 'dense' },
      { solver: 'newton-cg', tolerance: null, layout: 'sparse' },
      { solver: 'scipy-lbfgsb', tolerance: null, layout: 'dense' },
      { solver: 'scipy-lbfgsb', tolerance: null, layout: 'sparse' },
    ],
  },
  mnist: {
    name: 'mnist',
    title: 'MNIST, 55,000 × 784 × 10',
    files: [images, labels, test.images, test.labels],
    dataset: { train: { images, labels }, test, validationRows: 5000, scale: 1 / 255 },
    peerDataset: { images, labels, skip: 5000 },
    relativeL2: 1e-3,
    quantities: ['loss', 'selfLoss', 'meanTestLoss'],
    groups: 68,
    peers: [{ ...PAPERS_CALL, layout: 'dense' }],
  },
} as const satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof WORKLOADS;

/** The study file of a workload with about `groups` groups. */
export function studyOf(workload: Workload, groups: number): Record<string, unknown> {
  return {
    name: workload.name,
    dataset: workload.dataset,
    model: { l2: { relative: workload.relativeL2 } },
    groups: { sizes: { count: Math.max(1, Math.round(groups / GROUPS_PER_SIZE)) } },
    evaluate: { quantities: workload.quantities },
  };
}

/** The first file of it that is not here, or null. */
export function missingFile({ files }: Workload): string | null {
  return files.find((file) => !existsSync(file)) ?? null;
}
