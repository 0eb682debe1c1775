/** Datasets between their readers and the store: importing, the bundled samples, and the one in use kept in memory. */
import { randomUUID } from 'node:crypto';
import type { EngineEvent } from '../../shared/contract.ts';
import type { Dataset, DatasetSummary } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { DatasetSpec } from '../../shared/study-spec.ts';
import type { Store } from '../store/index.ts';
import type { PreparedDataset } from '../datasets/prepare-dataset.ts';
import type { DatasetServices } from './services.ts';

export interface KeepOptions {
  /** Name of the bundled sample that it is. */
  sample?: string;
  /** Asked between the parts that are written: when it throws, nothing is kept. */
  check?: () => void;
}

export interface DatasetLibrary {
  /** Keeps a dataset whole, or finds the one with the same content. */
  keep(prepared: PreparedDataset, options?: KeepOptions): Promise<DatasetSummary>;
  load(id: string): Dataset;
  /** On the first start puts the bundled samples into the library; later calls do nothing. */
  offerSamples(): Promise<void>;
  /** The stored dataset that a study of the window names: by id or by sample. Throws 'invalidInput' for files. */
  resolve(spec: DatasetSpec): Promise<DatasetSummary>;
}

export function datasetLibrary(
  store: Store,
  services: DatasetServices,
  emit: (event: EngineEvent) => void,
): DatasetLibrary {
  /** Datasets are large: only the last one used stays in memory. */
  let lastLoaded: { id: string; dataset: Dataset } | null = null;
  let offering: Promise<void> | null = null;
  const reading = new Map<string, Promise<DatasetSummary>>();

  async function keep(prepared: PreparedDataset, { sample, check }: KeepOptions = {}): Promise<DatasetSummary> {
    const { fingerprint, columns, meta, arrays } = prepared;
    const summary = {
      ...prepared.summary,
      id: randomUUID(),
      fingerprint,
      sample: sample !== undefined,
      bytes: arrays.reduce((sum, array) => sum + array.bytes.byteLength, 0),
      importedAt: new Date().toISOString(),
    };
    const toKeep = { summary, columns, meta, arrays, sample: sample ?? null };
    const kept = await store.datasets.addGradually(toKeep, async () => {
      // Whoever called meanwhile is answered before the next part is written.
      await new Promise((resolve) => setImmediate(resolve));
      check?.();
    });
    emit({ type: 'datasets.changed' });
    return kept;
  }

  /** Two calls that want the same sample at once read it once. */
  function sample(name: string): Promise<DatasetSummary> {
    const known = store.datasets.findBySample(name);
    if (known !== null) return Promise.resolve(known);
    if (!services.samples.includes(name)) {
      return Promise.reject(
        invalidInput(`There is no sample "${name}".`, `The samples are ${services.samples.join(' and ')}.`),
      );
    }
    const underWay = reading.get(name);
    if (underWay !== undefined) return underWay;
    const read = services
      .readSample(name)
      .then((dataset) => keep(services.prepare(dataset), { sample: name }))
      .finally(() => reading.delete(name));
    reading.set(name, read);
    return read;
  }

  async function offerMissing(): Promise<void> {
    const offered = store.settings.get('samplesOffered') ?? [];
    for (const name of services.samples) {
      if (offered.includes(name)) continue;
      await sample(name);
      offered.push(name);
      store.settings.set('samplesOffered', offered);
    }
  }

  return {
    keep,
    load: (id) => {
      if (lastLoaded?.id === id) return lastLoaded.dataset;
      const { meta, arrays } = store.datasets.load(id);
      const dataset = services.deserialise(meta, arrays);
      lastLoaded = { id, dataset };
      return dataset;
    },
    offerSamples: () => {
      if (store.readOnly) return Promise.resolve();
      offering ??= offerMissing().catch((thrown: unknown) => {
        offering = null;
        throw thrown;
      });
      return offering;
    },
    resolve: async (spec) => {
      if ('id' in spec) return store.datasets.get(spec.id);
      if ('sample' in spec) return sample(spec.sample);
      throw invalidInput(
        'The study: field "dataset": names files, which only the command line may do.',
        'Import the files first and name the dataset by its id.',
      );
    },
  };
}
