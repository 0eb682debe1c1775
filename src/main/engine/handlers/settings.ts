import type { EngineContext, HandlersOf } from '../engine-context.ts';

export function settingsHandlers({ devices, emit }: EngineContext): HandlersOf<'settings'> {
  return {
    'settings.get': () => devices.settings(),
    'settings.set': async ({ device }) => {
      await devices.choose(device);
      emit({ type: 'devices.changed' });
      return devices.settings();
    },
  };
}
