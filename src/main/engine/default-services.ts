/** The engine's real surroundings. The compute libraries are loaded when first asked for: looking at history needs none. */
import {
  deserialiseDataset,
  describeRows,
  fingerprintDataset,
  previewFiles,
  readDatasetSpec,
  readFiles,
  readSample,
  SAMPLES,
  serialiseDataset,
  summariseColumns,
  summariseDataset,
} from '../datasets/index.ts';
import { buildDesign } from '../features/index.ts';
import type { EngineServices } from './services.ts';

export function defaultServices(samplesFolder: string): EngineServices {
  return {
    datasets: {
      samples: SAMPLES.map((sample) => sample.name),
      serialise: serialiseDataset,
      deserialise: deserialiseDataset,
      fingerprint: fingerprintDataset,
      summarise: (dataset, identity) => ({ ...summariseDataset(dataset), ...identity }),
      summariseColumns,
      describeRows: (dataset, split, rows) =>
        describeRows(dataset, split === 'train' ? rows : rows.map((row) => dataset.trainRows + row)),
      preview: (files, options) => previewFiles([...files], options),
      read: (files, options, control) => readFiles([...files], options, control),
      readSample: (name) => readSample(name, samplesFolder),
      readSpec: readDatasetSpec,
      design: (dataset, standardise) => buildDesign(dataset, { standardise }),
    },
    listDevices: async () => (await import('../compute/index.ts')).listDevices(),
    planStudy: async (spec, dataset) => (await import('../studies/plan-study.ts')).planStudy(spec, dataset),
    influences: async (request) => (await import('../studies/compute-influences.ts')).computeInfluences(request),
    bundleFiles: async (input) => (await import('../report/bundle.ts')).bundleFiles(input),
  };
}
