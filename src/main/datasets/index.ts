/** Files → Dataset, and what the rest of the engine asks of a dataset. */
export { fingerprintDataset } from './fingerprint.ts';
export { prepareDataset } from './prepare-dataset.ts';
export type { PreparedDataset } from './prepare-dataset.ts';
export { previewFiles } from './preview.ts';
export { readFiles } from './read-files.ts';
export { readDatasetSpec } from './read-spec.ts';
export { describeRows } from './row-details.ts';
export { readSample, SAMPLE_SPLIT, SAMPLES } from './samples.ts';
export type { Sample, SampleName } from './samples.ts';
export { deserialiseDataset, serialiseDataset } from './serialise.ts';
export type { Json, SerialisedArray, SerialisedDataset } from './serialise.ts';
export { sourceFile } from './source-file.ts';
export type { ReadControl, SourceFile } from './source-file.ts';
export { summariseColumns, summariseDataset } from './summaries.ts';
