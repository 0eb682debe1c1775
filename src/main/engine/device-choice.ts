/**
 * Where new studies are computed: what the command line says, else what was chosen by hand (kept in the store),
 * else the fastest device. Trials are kept in the store too, for as long as the machine and the libraries stay the same.
 */
import { arch, cpus, platform } from 'node:os';
import { invalidInput } from '../../shared/errors.ts';
import type { DeviceReport, DeviceTrials } from '../../shared/study.ts';
import { reportDevices } from '../compute/choose-device.ts';
import { forbidTensorFloat, thisMachine } from '../compute/machine.ts';
import type { Store } from '../store/index.ts';
import type { EngineServices } from './services.ts';

export interface DeviceChoice {
  /** The device of new studies; null: the automatic choice. */
  current(): string | null;
  /** The choice made by hand, and the device of the command line that is in force instead of it. */
  settings(): { device: string | null; overriddenBy: string | null };
  /** Every device, from kept trials where there are some, or tried `again`. */
  list(again: boolean): Promise<DeviceReport[]>;
  /** Keeps a choice made by hand; null: automatic. @throws LeverageError 'invalidInput' for what is no device or does not work here */
  choose(device: string | null): Promise<void>;
  /** Before a study: where a graphics processor may be the fastest, it is tried once for all. */
  ready(): Promise<void>;
}

export interface DeviceChoiceOptions {
  store: Store;
  services: Pick<EngineServices, 'tryDevices' | 'rememberDevices'>;
  /** Of the command line. */
  device: string | null;
  appVersion: string;
}

export function deviceChoice({ store, services, device, appVersion }: DeviceChoiceOptions): DeviceChoice {
  forbidTensorFloat();
  const { settings } = store;
  const machine = [platform(), arch(), cpus()[0]?.model, cpus().length, process.version, appVersion].join(' · ');
  let trying: Promise<DeviceTrials> | null = null;
  let known: DeviceTrials | null = null;

  async function kept(): Promise<DeviceTrials | null> {
    if (known !== null) return known;
    const earlier = settings.get('deviceTrials');
    if (earlier === null || earlier.machine !== machine) return null;
    known = earlier.trials;
    await services.rememberDevices(known);
    return known;
  }

  function tryAll(): Promise<DeviceTrials> {
    // Two windows that ask at once share one trial.
    trying ??= services
      .tryDevices()
      .then((trials) => {
        known = trials;
        if (!store.readOnly) settings.set('deviceTrials', { machine, trials });
        return trials;
      })
      .finally(() => (trying = null));
    return trying;
  }

  const byHand = (): string | null => settings.get('device');
  const current = (): string | null => device ?? byHand();

  return {
    current,
    settings: () => ({ device: byHand(), overriddenBy: device }),
    async list(again) {
      const trials = again ? await tryAll() : ((await kept()) ?? (await tryAll()));
      const reports = reportDevices(trials.trials, trials.measuredAt);
      const chosen = current();
      if (chosen === null) return reports;
      const how = device === null ? 'chosen by hand' : 'chosen by --device';
      return reports.map((report) => ({
        ...report,
        chosen: report.name === chosen,
        reason: report.name === chosen && report.available ? `${how}; ${report.reason}` : report.reason,
      }));
    },
    async choose(name) {
      if (name !== null) {
        const { trials } = (await kept()) ?? (await tryAll());
        const trial = trials.find((one) => one.name === name);
        if (trial === undefined)
          throw invalidInput(
            `There is no device "${name}".`,
            `Choose one of: ${trials.map((one) => one.name).join(', ')}.`,
          );
        if (trial.refusal !== null)
          throw invalidInput(
            `${trial.title} can not be chosen: ${trial.refusal}.`,
            'Choose a device that is available.',
          );
      }
      settings.set('device', name);
    },
    async ready() {
      if (current() === null && thisMachine().gpu && (await kept()) === null) await tryAll();
      else await kept();
    },
  };
}
