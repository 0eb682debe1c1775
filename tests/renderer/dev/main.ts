/** The window over the fake bridge: `?store=bare|empty|full&rate=40`. */
import { createFakeBridge, type FakeOptions } from '../fake-bridge.ts';

const parameters = new URLSearchParams(location.search);
const store = parameters.get('store');
const options: FakeOptions = {
  store: store === 'bare' || store === 'empty' ? store : 'full',
  rate: Number(parameters.get('rate') ?? 40),
};
window.leverage = createFakeBridge(options);
await import('../../../src/renderer/main.ts');
