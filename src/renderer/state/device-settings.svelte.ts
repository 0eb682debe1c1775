/** Where new studies are computed: the choice, and measuring the devices anew. */
import type { Settings } from '../../shared/contract.ts';
import { toFailure, type Failure } from '../../shared/errors.ts';
import { session } from './session.svelte.ts';

class DeviceSettings {
  /** Null until first fetched. */
  settings = $state.raw<Settings | null>(null);
  measuring = $state(false);
  /** The choice that is on its way to the engine; undefined: none. */
  saving = $state.raw<string | null | undefined>(undefined);
  /** What went wrong last; null when it worked. */
  failure = $state.raw<Failure | null>(null);

  /** What the list shows as chosen: at once, before the engine has answered. */
  shown = $derived(this.saving !== undefined ? this.saving : (this.settings?.device ?? null));

  async load(): Promise<void> {
    await this.#attempt(async () => {
      this.settings = await session.call('settings.get', {});
      if (session.devices === null) session.devices = await session.call('devices.list', {});
    });
  }

  /** The device by hand, or null for the automatic choice. */
  async choose(device: string | null): Promise<void> {
    this.saving = device;
    await this.#attempt(async () => {
      this.settings = await session.call('settings.set', { device });
      session.devices = await session.call('devices.list', {});
    });
    this.saving = undefined;
  }

  async measureAgain(): Promise<void> {
    if (this.measuring) return;
    this.measuring = true;
    await this.#attempt(async () => {
      session.devices = await session.call('devices.list', { again: true });
    });
    this.measuring = false;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    this.failure = null;
    try {
      await work();
    } catch (thrown) {
      this.failure = toFailure(thrown);
    }
  }
}

export const deviceSettings = new DeviceSettings();
