/** Puts the fake bridge where the window looks for its host: `?store=bare|empty|full|slow&rate=40&devices=broken`. */
import { createFakeBridge } from '../fake-bridge.ts';
import type { FakeOptions } from '../fake-part.ts';

const parameters = new URLSearchParams(location.search);
const store = parameters.get('store');
const options: FakeOptions = {
  store: store === 'bare' || store === 'empty' ? store : 'full',
  slowMs: store === 'slow' ? 3000 : 0,
  brokenDevices: parameters.get('devices') === 'broken',
  rate: Number(parameters.get('rate') ?? 40),
};
Object.assign(window, { leverage: createFakeBridge(options) });
