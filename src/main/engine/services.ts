/** What the engine asks of the rest of the program: named here, so that tests can stand in for any of it. */
import type { ImportOptions, ImportPreview } from '../../shared/contract.ts';
import type { Dataset, Design } from '../../shared/dataset.ts';
import type { DeviceTrials, PointInfluences, RowDetail, StudyPlan } from '../../shared/study.ts';
import type { DatasetSpec, StudySpec } from '../../shared/study-spec.ts';
import type { PreparedDataset } from '../datasets/prepare-dataset.ts';
import type { SerialisedArray, SerialisedDataset, Json } from '../datasets/serialise.ts';
import type { ReadControl, SourceFile } from '../datasets/source-file.ts';
import type { BundleFile, BundleInput } from '../report/bundle.ts';

import type { InfluenceRequest } from '../studies/compute-influences.ts';
import type { AttributionServices } from '../attribution-jobs/attribution-services.ts';
import type { OpenWhatIf } from '../what-if/what-if-thread.ts';
import type { RowModel, RowModelRequest } from '../browse/row-model.ts';

export interface DatasetServices {
  samples: readonly string[];
  serialise(dataset: Dataset): SerialisedDataset;
  deserialise(meta: Json, arrays: readonly SerialisedArray[]): Dataset;
  /** All that the store keeps of a dataset. */
  prepare(dataset: Dataset): PreparedDataset;
  /** Rows as people read them, without the model's opinion (probability and loss null). */
  describeRows(dataset: Dataset, split: 'train' | 'test', rows: readonly number[]): RowDetail[];
  preview(files: readonly SourceFile[], options: ImportOptions): Promise<ImportPreview>;
  /** Reads and prepares, off the engine's own thread. */
  read(files: readonly SourceFile[], options: ImportOptions, control: ReadControl): Promise<PreparedDataset>;
  readSample(name: string): Promise<Dataset>;
  /** The dataset a study.json names by files, relative to `folder`. */
  readSpec(spec: DatasetSpec, folder: string, control: ReadControl): Promise<PreparedDataset>;
  /** `label`: how the label is read (DesignOptions.label). */
  design(dataset: Dataset, standardise: boolean, label?: 'classes' | 'numbers'): Design;
}

export interface EngineServices {
  datasets: DatasetServices;
  /** Opens and measures every device. Some seconds. */
  tryDevices(): Promise<DeviceTrials>;
  /** Takes earlier trials for granted: studies choose by them. */
  rememberDevices(trials: DeviceTrials): Promise<void>;
  planStudy(spec: StudySpec, dataset: Dataset): Promise<StudyPlan>;
  influences(request: InfluenceRequest): Promise<PointInfluences>;
  openWhatIf: OpenWhatIf;
  attribution: AttributionServices;
  /** A study's model, to judge single rows by. */
  openRowModel(request: RowModelRequest): Promise<RowModel>;
  /** Loaded when needed: the report's page brings its charts along. */
  bundleFiles(input: BundleInput): Promise<BundleFile[]>;
}
