import type { EngineContext, HandlersOf } from '../engine-context.ts';

export function deviceHandlers({ devices, emit }: EngineContext): HandlersOf<'devices'> {
  return {
    'devices.list': async ({ again }) => {
      const reports = await devices.list(again);
      if (again) emit({ type: 'devices.changed' });
      return reports;
    },
  };
}
