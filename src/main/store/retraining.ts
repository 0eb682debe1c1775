/** Certificates of exact retrainings, one row per retrained group. */
import type { Retraining } from '../../shared/study.ts';
import type { Connection } from './connection.ts';

export const RETRAINING_COLUMNS =
  'newton_steps, gradient_norm, relative_gradient_norm, converged, effect_bound, seconds';

/** All null when the group is not retrained (an outer join); a null norm of a retrained group is NaN. */
export interface RetrainingRow {
  newton_steps: number | null;
  gradient_norm: number | null;
  relative_gradient_norm: number | null;
  converged: number | null;
  effect_bound: number | null;
  seconds: number | null;
}

export interface RetrainingRepository {
  /** Certificates of the groups `firstGroup`, `firstGroup + 1`, …; call it inside the batch's transaction. */
  keep(studyId: string, firstGroup: number, certificates: readonly Retraining[]): void;
}

export function retrainingRepository(connection: Connection): RetrainingRepository {
  const insert = connection.prepare<[string, number, number, number, number, number, number, number]>(
    `INSERT OR REPLACE INTO retraining (study_id, position, ${RETRAINING_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    keep: (studyId, firstGroup, certificates) => {
      certificates.forEach((certificate, offset) => {
        insert.run(
          studyId,
          firstGroup + offset,
          certificate.newtonSteps,
          certificate.gradientNorm,
          certificate.relativeGradientNorm,
          certificate.converged ? 1 : 0,
          certificate.effectBound,
          certificate.seconds,
        );
      });
    },
  };
}

export function retrainingOf(row: RetrainingRow): Retraining | null {
  if (row.newton_steps === null) return null;
  return {
    newtonSteps: row.newton_steps,
    gradientNorm: row.gradient_norm ?? NaN,
    relativeGradientNorm: row.relative_gradient_norm ?? NaN,
    converged: row.converged === 1,
    effectBound: row.effect_bound ?? NaN,
    seconds: row.seconds ?? NaN,
  };
}
