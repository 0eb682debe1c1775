/**
 * The most memory that a study takes at one time, from shapes alone. Its test holds it to the peaks that `npm run bench`
 * measured of whole processes on Diabetes and Enron. Of MNIST it says twice what is taken, since it allows for the
 * inversion of the whole Hessian, which is not chosen there.
 */
import type { Dataset } from '../../shared/dataset.ts';
import { bytesPerGroup } from '../estimators/removal-batch.ts';
import { MAX_HIERARCHICAL_ROWS } from '../groups/ward-clusters.ts';
import { LARGEST_HESSIAN, PEAK_MATRICES } from '../models/preconditioner.ts';

const MIB = 2 ** 20;
/** Node, its libraries, the store and a dataset as it was read. */
const PROCESS_BYTES = 350 * MIB;
/** Of a dense design: the rows as read, the design, with the intercept's column, and what products run over. */
const DENSE_COPIES = 4;
/** Of an entry of a sparse design, by row and by column, for the study and for each lane. */
const ENTRY_BYTES = 96;
/** Memory that is free again but not yet given back. */
const SLACK = 1.4;

export interface MemoryShape {
  n: number;
  testRows: number;
  /** Features, and one for the intercept. */
  p: number;
  logits: number;
  /** Batches computed at one time, and their groups. */
  lanes: number;
  batch: number;
  clusters: boolean;
}

export function plannedBytes(
  dataset: Dataset,
  { n, testRows, p, logits, lanes, batch, clusters }: MemoryShape,
): number {
  const rows = n + testRows;
  const q = p * logits;
  const sparse = dataset.block?.kind === 'sparse' ? dataset.block : null;
  const design = sparse === null ? DENSE_COPIES * 8 * rows * p : ENTRY_BYTES * (sparse.data.length + rows);
  const whole = sparse === null && q <= LARGEST_HESSIAN;
  const preconditioner = whole ? PEAK_MATRICES * 8 * q * q : 8 * q;
  const distances = clusters && n <= MAX_HIERARCHICAL_ROWS ? 8 * n * n : 0;
  // Forming groups, building the preconditioner and retraining follow one another.
  const stage = Math.max(preconditioner, distances, lanes * batch * bytesPerGroup(n, logits, p));
  return SLACK * (PROCESS_BYTES + design + stage);
}
