/** Which stage a study is at, also where no progress has been told: after a reload, or when it is not running. Pure. */
import { STAGES, type Stage, type StudyDetail, type StudyProgress, type StudySummary } from '../../../shared/study.ts';

/** Index into STAGES; STAGES.length when all are done. Stages before it are done. */
export function currentStage(
  study: StudySummary,
  progress: StudyProgress | null,
  secondsPerStage: StudyDetail['secondsPerStage'],
): number {
  if (study.status === 'done') return STAGES.length;
  if (study.status === 'running' && progress !== null) return STAGES.indexOf(progress.stage);
  if (study.groupsDone > 0) return at('retrain');
  // A stage's seconds are kept when it ends.
  const ended = STAGES.findLastIndex((stage) => secondsPerStage[stage] !== undefined);
  return Math.min(ended + 1, at('retrain'));
}

function at(stage: Stage): number {
  return STAGES.indexOf(stage);
}
