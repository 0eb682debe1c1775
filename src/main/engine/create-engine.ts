/** The composition root: one engine over one store, with everything real. */
import type { Engine } from '../../shared/contract.ts';
import { composeEngine, type EngineOptions } from './compose-engine.ts';
import { defaultServices } from './default-services.ts';

export type { EngineOptions } from './compose-engine.ts';

/**
 * Opens (or creates) the store and starts serving calls. Studies that an engine left unfinished
 * become 'interrupted'; deleted ones are erased now.
 * @throws LeverageError 'unavailable' when another engine has the store, 'storage' when it can not be opened
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  return composeEngine(options, defaultServices(options.samplesFolder));
}
