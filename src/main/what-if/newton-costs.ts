/** What a Newton prediction takes on this model and machine, by the way it is computed: measured, and kept in step. */
import { wholeCurvature } from '../estimators/few-rows.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { openPair } from '../models/model-on-device.ts';
import { parameterCount } from '../models/objective.ts';
import { trialRemoval } from '../models/trial-removal.ts';
import { formCurvature, formedNewtonStep } from './formed-newton.ts';
import { placeRemoved } from './removed-rows.ts';

/**
 * removedRows: the removed rows' curvature is formed and taken from that of all rows (formed-newton.ts);
 * allRows: conjugate gradients over all rows, as in a study's batch.
 */
export type NewtonWay = 'removedRows' | 'allRows';

export interface NewtonCosts {
  /** The quicker way for so many removed rows. */
  way(size: number): NewtonWay;
  /** Seconds of it. */
  expected(size: number): number;
  /** Keeps the measure in step with what a prediction took. */
  took(way: NewtonWay, size: number, milliseconds: number): void;
}

/** Products over all rows that a Newton step takes by conjugate gradients (6–25 measured). */
const PRODUCTS = 20;
/** Where the systems are solved in two precisions there are residuals in double besides. */
const RESIDUALS = 4;
/** Of a new measurement in the running mean. */
const NEWEST = 0.3;
const TRIALS = 2;

interface Measured {
  /** Milliseconds = fixed + perRow · |w|, times `drift`. */
  fixed: number;
  perRow: number;
  drift: number;
}

export async function measureNewton(model: ModelOnDevice, checkCancelled: () => void): Promise<NewtonCosts> {
  const { objective, fitted, weights } = model;
  const n = objective.placed.rows;
  const removedRows = (await wholeCurvature(model)) === null ? null : await measureRemovedRows(model, checkCancelled);
  const { rows } = await trialRemoval(objective, fitted.trainLogits, fitted.design.train.y, weights);
  const pair = openPair(model, rows);
  const vector = new Float64Array(parameterCount(objective)).fill(1e-3);
  const product = await timed(() => pair.working.curvatureProduct(vector));
  const preconditioned = await timed(() => model.preconditioner.apply(vector));
  const exact = pair.working === pair.exact ? 0 : await timed(() => pair.exact.curvatureProduct(vector));
  checkCancelled();
  const allRows: Measured = { fixed: PRODUCTS * (product + preconditioned) + RESIDUALS * exact, perRow: 0, drift: 1 };
  const of = (way: NewtonWay): Measured | null => (way === 'removedRows' ? removedRows : allRows);
  const milliseconds = (way: NewtonWay, size: number): number => {
    const measured = of(way);
    return measured === null ? Infinity : (measured.fixed + measured.perRow * Math.min(n, size)) * measured.drift;
  };
  const way = (size: number): NewtonWay =>
    milliseconds('removedRows', size) <= milliseconds('allRows', size) ? 'removedRows' : 'allRows';
  return {
    way,
    expected: (size) => milliseconds(way(size), size) / 1000,
    took(used, size, spent) {
      const measured = of(used);
      if (measured === null) return;
      const ratio = spent / milliseconds(used, size);
      // One hiccup of the machine must not turn the choice.
      measured.drift *= 1 - NEWEST + NEWEST * Math.min(4, Math.max(0.25, ratio));
    },
  };
}

async function measureRemovedRows(model: ModelOnDevice, checkCancelled: () => void): Promise<Measured> {
  const n = model.objective.placed.rows;
  const spent = async (stride: number): Promise<{ size: number; ms: number }> => {
    const members = Int32Array.from({ length: Math.ceil(n / stride) }, (_, i) => i * stride);
    const ms = await timed(async () => {
      checkCancelled();
      const rows = await placeRemoved(model, members);
      const curvature = await formCurvature(model, rows);
      // Any right-hand side takes as long as another.
      if (curvature !== null)
        await formedNewtonStep(model, curvature, new Float64Array(parameterCount(model.objective)));
    });
    return { size: members.length, ms };
  };
  const few = await spent(100);
  const many = await spent(10);
  const perRow = many.size > few.size ? Math.max(0, (many.ms - few.ms) / (many.size - few.size)) : 0;
  return { fixed: Math.max(0.1, few.ms - perRow * few.size), perRow, drift: 1 };
}

/** The quickest of a few, in milliseconds: the first compiles. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let trial = 0; trial < TRIALS; trial++) {
    const begun = performance.now();
    await work();
    best = Math.min(best, performance.now() - begun);
  }
  return best;
}
