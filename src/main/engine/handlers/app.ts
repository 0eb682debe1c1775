import type { EngineContext, HandlersOf } from '../engine-context.ts';

export function appHandlers({ host, appVersion, store }: EngineContext): HandlersOf<'app'> {
  return {
    'app.info': () => ({
      appVersion,
      host,
      storeFile: store.file,
      nodeVersion: process.version,
      platform: `${process.platform} ${process.arch}`,
    }),
  };
}
