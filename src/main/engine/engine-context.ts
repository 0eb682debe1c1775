/** What every handler works with. */
import type { AppInfo, EngineEvent, Method, Output, ParsedInput } from '../../shared/contract.ts';
import type { Store } from '../store/index.ts';
import type { StudyJobs } from '../studies/study-jobs.ts';
import type { AdmittedFiles } from './admitted-files.ts';
import type { DatasetLibrary } from './dataset-library.ts';
import type { PredictionCache } from './predictions.ts';
import type { DeviceChoice } from './device-choice.ts';
import type { EngineServices } from './services.ts';
import type { OpenBrowser } from './browsed-things.ts';

export interface EngineContext {
  store: Store;
  jobs: StudyJobs;
  services: EngineServices;
  files: AdmittedFiles;
  library: DatasetLibrary;
  predictions: PredictionCache;
  host: AppInfo['host'];
  appVersion: string;
  devices: DeviceChoice;
  browser: OpenBrowser;
  emit(event: EngineEvent): void;
}

/** One answer per procedure of the contract; the compiler sees that none is missing. */
export type Handlers = { [M in Method]: (input: ParsedInput<M>) => Output<M> | Promise<Output<M>> };

/** The handlers whose method begins with `Prefix`. */
export type HandlersOf<Prefix extends string> = { [M in Extract<Method, `${Prefix}.${string}`>]: Handlers[M] };
