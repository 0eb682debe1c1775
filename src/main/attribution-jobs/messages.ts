/** What the engine and the thread that attributes say to each other. Both ends are this program, of one build. */
import type {
  AttributionProgress,
  AttributionRequest,
  AttributionResult,
  CleanResult,
  RowMark,
} from '../../shared/attribution.ts';
import type { Failure } from '../../shared/errors.ts';

export type AttributionTask =
  | { what: 'run'; request: AttributionRequest }
  | { what: 'retrain'; from: Pick<CleanResult, 'request' | 'model'>; marks: RowMark[] };

/** Given to the thread when it starts: it does one task and ends. */
export interface AttributionJob {
  storeFile: string;
  datasetId: string;
  device: string | null;
  task: AttributionTask;
  /** One Int32: not 0 when nobody waits any more. */
  cancelFlag: SharedArrayBuffer;
}

export type FromAttributionThread =
  { progress: AttributionProgress } | { result: AttributionResult } | { failure: Failure };
