import type { EngineContext, HandlersOf } from '../engine-context.ts';

export function deviceHandlers({ services, device }: EngineContext): HandlersOf<'devices'> {
  return {
    'devices.list': async () => {
      const reports = await services.listDevices();
      return device === null ? reports : reports.map((report) => ({ ...report, chosen: report.name === device }));
    },
  };
}
