/** What browsing needs of the engine: datasets, groups, and the model of one study at a time. */
import { rowBrowser, type RowBrowser } from '../browse/row-browser.ts';
import type { RowModel } from '../browse/row-model.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Store } from '../store/index.ts';
import type { DatasetLibrary } from './dataset-library.ts';
import type { DeviceChoice } from './device-choice.ts';
import type { EngineServices } from './services.ts';

interface Surroundings {
  store: Store;
  library: DatasetLibrary;
  services: EngineServices;
  devices: DeviceChoice;
}

export interface OpenBrowser extends RowBrowser {
  /** Gives the model's memory back. */
  close(): Promise<void>;
}

export function openBrowser({ store, library, services, devices }: Surroundings): OpenBrowser {
  /** Models hold the dataset's matrices: only the one looked at last stays open. */
  let open: { study: string; model: Promise<RowModel> } | null = null;

  async function release(): Promise<void> {
    const last = open;
    open = null;
    // A model that could not be opened has nothing to give back.
    const model = await last?.model.catch(() => null);
    await model?.dispose();
  }

  function modelOf(study: string, datasetId: string): Promise<RowModel> {
    if (open?.study === study) return open.model;
    const { name, datasetId: its } = store.studies.get(study);
    if (its !== datasetId) {
      throw invalidInput(`“${name}” is a study of another dataset.`, 'Choose a study of this dataset.');
    }
    const fit = store.fits.load(study);
    if (fit === null) throw invalidInput(`The study “${name}” has no fitted model yet.`, 'Run it first.');
    const before = release();
    const spec = store.studies.spec(study);
    const model = before.then(async () => {
      await devices.ready();
      return services.openRowModel({ spec, dataset: library.load(datasetId), fit, device: devices.current() });
    });
    open = { study, model };
    model.catch(() => {
      if (open?.model === model) open = null;
    });
    return model;
  }

  return {
    ...rowBrowser({
      dataset: (id) => library.load(id),
      model: async (study, dataset) => modelOf(study, dataset),
      group: (id, dataset) => {
        const group = store.namedGroups.get(id);
        if (group.datasetId !== dataset) {
          throw invalidInput(`“${group.name}” is a group of another dataset.`, 'Choose a group of this dataset.');
        }
        return store.namedGroups.members(id);
      },
    }),
    close: release,
  };
}
