/** Files → Dataset, and what the rest of the engine asks of a dataset. */
export { deserialiseDataset, serialiseDataset } from './serialise.ts';
export type { Json, SerialisedArray, SerialisedDataset } from './serialise.ts';
