/** PlacedMatrix.lossChange over the entries. */
import { denseRowWeights, type RowWeights } from '../row-weights.ts';
import { rowLossChange } from '../stable-change.ts';
import { weightedLossChange } from '../weighted-loss-change.ts';
import { PLAIN_LOGITS } from './logistic-sides.ts';
import { SIDES } from './logistic-middles.ts';
import { weightColumns } from './row-panels.ts';
import { takeRows, type SparsePlaced } from './sparse-matrix.ts';
import type { Panel, RowBlock } from './sparse-rows.ts';

export interface LossQuestion {
  /** L×n logits at θ̂. */
  base: Float64Array;
  y: Int32Array;
  weights: RowWeights;
  sharing: 'shared' | 'own';
  /** B·L×p. */
  delta: Float64Array;
  logits: number;
}

/** @returns B×S when shared, B×1 when own */
export function sparseLossChange(matrix: SparsePlaced, question: LossQuestion): Float64Array {
  if (question.logits > 1) return softmaxLossChange(matrix, question);
  const { base, y, delta } = question;
  const { sides, plain } = matrix.lossSides(base, y);
  const sums = weightedSums(matrix, question);
  const change = rowLossChange(base, y, 1);
  matrix.eachPanel(delta.length / matrix.columns, (panel, vectorOf) => {
    const met = plain && panelLosses(matrix, question, panel, vectorOf, sums, sides) <= PLAIN_LOGITS;
    if (!met) panelLosses(matrix, question, panel, vectorOf, sums, change);
  });
  return sums.out;
}

/** The losses of a panel's groups, weighted. @param how sides for the kernel, or the change of a row's loss by its step */
function panelLosses(
  matrix: SparsePlaced,
  { delta }: LossQuestion,
  panel: Panel,
  vectorOf: Int32Array,
  sums: WeightedSums,
  how: Float64Array | ReturnType<typeof rowLossChange>,
): number {
  const { steps, width, at, largest } = panel;
  const step = new Float64Array(1);
  largest.fill(0);
  sums.begin(vectorOf);
  matrix.eachMargins(panel, delta, vectorOf, (block) => {
    if (how instanceof Float64Array) {
      panel.sides.set(how.subarray(SIDES * block.start, SIDES * (block.start + block.rows)));
      matrix.sparse.kernel.logisticLoss(at.steps, at.sides, block.rows, 8 * width, at.largest);
    } else {
      for (let i = 0; i < block.rows * width; i++) {
        step[0] = steps[i];
        steps[i] = how(block.start + Math.floor(i / width), step);
      }
    }
    sums.add(panel, block, vectorOf, how instanceof Float64Array);
  });
  return Math.max(...largest);
}

interface WeightedSums {
  out: Float64Array;
  begin(vectorOf: Int32Array): void;
  /** Adds the block's losses, which are in panel.steps. @param finite whether none of them can be infinite */
  add(panel: Panel, block: RowBlock, vectorOf: Int32Array, finite: boolean): void;
}

function weightedSums(matrix: SparsePlaced, { weights, sharing, delta }: LossQuestion): WeightedSums {
  const groups = delta.length / matrix.columns;
  return sharing === 'own' ? ownSums(matrix.rows, weights, groups) : sharedSums(matrix, weights, groups);
}

/** Each group's rows with its own weights. */
function ownSums(n: number, weights: RowWeights, groups: number): WeightedSums {
  const out = new Float64Array(groups);
  let own: Float64Array = new Float64Array(0);
  return {
    out,
    begin(vectorOf) {
      for (const group of vectorOf) if (group >= 0) out[group] = 0;
      own = weightColumns(weights, vectorOf, n);
    },
    add({ steps, width }, { start, rows }, vectorOf) {
      for (let at = 0, from = start * width; at < rows * width; at++, from++) {
        // 0 · ∞ is not a contribution.
        if (own[from] !== 0) out[vectorOf[at % width]] += own[from] * steps[at];
      }
    },
  };
}

/** All rows with the weights of each of S slices. */
function sharedSums(matrix: SparsePlaced, weights: RowWeights, groups: number): WeightedSums {
  const { rows: n } = matrix;
  const shared = denseRowWeights(weights, n);
  const slices = shared.length / n;
  const out = new Float64Array(groups * slices);
  return {
    out,
    begin(vectorOf) {
      for (const group of vectorOf) if (group >= 0) out.fill(0, group * slices, (group + 1) * slices);
    },
    add(panel, block, vectorOf, finite) {
      const { at, totals, width, steps } = panel;
      for (let s = 0; s < slices; s++) {
        const of = shared.subarray(s * n + block.start, s * n + block.start + block.rows);
        totals.fill(0);
        if (finite) {
          panel.sides.set(of);
          matrix.sparse.kernel.total(at.steps, block.rows, at.totals, 8 * width, at.sides);
        } else {
          for (let i = 0; i < block.rows; i++) {
            if (of[i] !== 0) for (let c = 0; c < width; c++) totals[c] += of[i] * steps[i * width + c];
          }
        }
        vectorOf.forEach((group, c) => {
          if (group >= 0) out[group * slices + s] += totals[c];
        });
      }
    },
  };
}

/** A group's K logits need not lie in one panel: the steps are written out first, a few groups at a time. */
function softmaxLossChange(
  matrix: SparsePlaced,
  { base, y, weights, sharing, delta, logits }: LossQuestion,
): Float64Array {
  const { rows: n, columns: p } = matrix;
  const vectors = delta.length / p;
  const steps = new Float64Array(vectors * n);
  matrix.eachPanel(vectors, (panel, vectorOf) => {
    matrix.eachMargins(panel, delta, vectorOf, (block) => takeRows(panel, block, steps, n, vectorOf));
  });
  return weightedLossChange(base, y, denseRowWeights(weights, n), sharing, steps, logits);
}
