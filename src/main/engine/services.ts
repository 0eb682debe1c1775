/** What the engine asks of the rest of the program: named here, so that tests can stand in for any of it. */
import type { ImportOptions, ImportPreview } from '../../shared/contract.ts';
import type { ColumnSummary, Dataset, DatasetSummary, Design } from '../../shared/dataset.ts';
import type { DeviceReport, PointInfluences, RowDetail, StudyPlan } from '../../shared/study.ts';
import type { DatasetSpec, StudySpec } from '../../shared/study-spec.ts';
import type { SerialisedArray, SerialisedDataset, Json } from '../datasets/serialise.ts';
import type { ReadControl, SourceFile } from '../datasets/source-file.ts';
import type { BundleFile, BundleInput } from '../report/bundle.ts';

import type { InfluenceRequest } from '../studies/compute-influences.ts';

/** What only the store knows of a dataset. */
export type DatasetIdentity = Pick<DatasetSummary, 'id' | 'fingerprint' | 'sample' | 'bytes' | 'importedAt'>;

export interface DatasetServices {
  samples: readonly string[];
  serialise(dataset: Dataset): SerialisedDataset;
  deserialise(meta: Json, arrays: readonly SerialisedArray[]): Dataset;
  fingerprint(dataset: Dataset): string;
  summarise(dataset: Dataset, identity: DatasetIdentity): DatasetSummary;
  summariseColumns(dataset: Dataset): ColumnSummary[];
  /** Rows as people read them, without the model's opinion (probability and loss null). */
  describeRows(dataset: Dataset, split: 'train' | 'test', rows: readonly number[]): RowDetail[];
  preview(files: readonly SourceFile[], options: ImportOptions): Promise<ImportPreview>;
  read(files: readonly SourceFile[], options: ImportOptions, control: ReadControl): Promise<Dataset>;
  readSample(name: string): Promise<Dataset>;
  /** The dataset a study.json names by files, relative to `folder`. */
  readSpec(spec: DatasetSpec, folder: string, control: ReadControl): Promise<Dataset>;
  design(dataset: Dataset, standardise: boolean): Design;
}

export interface EngineServices {
  datasets: DatasetServices;
  listDevices(): Promise<DeviceReport[]>;
  planStudy(spec: StudySpec, dataset: Dataset): Promise<StudyPlan>;
  influences(request: InfluenceRequest): Promise<PointInfluences>;
  /** Loaded when needed: the report's page brings its charts along. */
  bundleFiles(input: BundleInput): Promise<BundleFile[]>;
}
