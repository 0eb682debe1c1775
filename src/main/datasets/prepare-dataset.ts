/** Everything of a dataset that the store keeps, worked out ahead: what remains is to write it. */
import { createHash } from 'node:crypto';
import type { ColumnSummary, Dataset, DatasetSummary } from '../../shared/dataset.ts';
import { fingerprintDataset } from './fingerprint.ts';
import { serialiseDataset } from './serialise.ts';
import type { Json, SerialisedArray } from './serialise.ts';
import { summariseColumns, summariseDataset } from './summaries.ts';

/** What only the store knows of a dataset. */
type Identity = 'id' | 'fingerprint' | 'sample' | 'bytes' | 'importedAt';

export interface PreparedDataset {
  fingerprint: string;
  summary: Omit<DatasetSummary, Identity>;
  columns: ColumnSummary[];
  meta: Json;
  /** With the sha-256 (hex) of their bytes: the names under which the store keeps them. */
  arrays: (SerialisedArray & { sha256: string })[];
}

/** The arrays share memory with the dataset. */
export function prepareDataset(dataset: Dataset): PreparedDataset {
  const { meta, arrays } = serialiseDataset(dataset);
  return {
    fingerprint: fingerprintDataset(dataset),
    summary: summariseDataset(dataset),
    columns: summariseColumns(dataset),
    meta,
    arrays: arrays.map((array) => ({ ...array, sha256: createHash('sha256').update(array.bytes).digest('hex') })),
  };
}
