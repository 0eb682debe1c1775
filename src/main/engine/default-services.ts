/** The engine's real surroundings. The compute libraries are loaded when first asked for: looking at history needs none. */
import {
  deserialiseDataset,
  describeRows,
  prepareDataset,
  readSample,
  SAMPLES,
  serialiseDataset,
} from '../datasets/index.ts';
import { buildDesign } from '../features/index.ts';
import { previewInThread, readInThread, readSpecInThread } from './import-thread.ts';
import type { EngineServices } from './services.ts';
import { attributionServices } from '../attribution-jobs/attribution-services.ts';
import { openWhatIfThread } from '../what-if/what-if-thread.ts';

export function defaultServices(samplesFolder: string): EngineServices {
  return {
    datasets: {
      samples: SAMPLES.map((sample) => sample.name),
      serialise: serialiseDataset,
      deserialise: deserialiseDataset,
      prepare: prepareDataset,
      describeRows: (dataset, split, rows) =>
        describeRows(dataset, split === 'train' ? rows : rows.map((row) => dataset.trainRows + row)),
      preview: previewInThread,
      read: readInThread,
      readSample: (name) => readSample(name, samplesFolder),
      readSpec: readSpecInThread,
      design: (dataset, standardise, label) => buildDesign(dataset, { standardise, label }),
    },
    tryDevices: async () => (await import('../compute/index.ts')).tryDevices(),
    rememberDevices: async (trials) => (await import('../compute/index.ts')).rememberTrials(trials),
    planStudy: async (spec, dataset) => (await import('../studies/plan-study.ts')).planStudy(spec, dataset),
    influences: async (request) => (await import('../studies/compute-influences.ts')).computeInfluences(request),
    openWhatIf: openWhatIfThread,
    attribution: attributionServices,
    openRowModel: async (request) => (await import('../browse/row-model.ts')).openRowModel(request),
    bundleFiles: async (input) => (await import('../report/bundle.ts')).bundleFiles(input),
  };
}
