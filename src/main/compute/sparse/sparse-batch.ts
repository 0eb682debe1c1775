/** Batches of groups around a sparse matrix, in panels of eight columns: see ../device.ts for what each product is. */
import type { GroupBatch } from '../device.ts';
import { denseRowWeights, type RowWeights } from '../row-weights.ts';
import { selectRows } from '../select-rows.ts';
import { sigmoid, sigmoidChange, softmaxChangeInto, softmaxInto } from '../stable-change.ts';
import type { SparsePlaced } from './sparse-matrix.ts';
import { PANEL } from './sparse-rows.ts';

/** What all batches around one fit share. */
interface Around {
  matrix: SparsePlaced;
  /** L×n logits at θ̂. */
  base: Float64Array;
  /** L×n probabilities there. */
  q: Float64Array;
  logits: number;
}

export class SparseBatch implements GroupBatch {
  readonly groups: number;
  private readonly around: Around;
  /** B×n. */
  private readonly keep: Float64Array;
  /** One logit: keep ∘ σ′ at the held point, in panels (see panelled). More: the probabilities there, B·K×n. */
  private held: Float64Array;

  private constructor(around: Around, keep: Float64Array, held: Float64Array) {
    this.around = around;
    this.keep = keep;
    this.held = held;
    this.groups = keep.length / around.matrix.rows;
  }

  static open(matrix: SparsePlaced, base: Float64Array, rowWeights: RowWeights, logits: number): SparseBatch {
    const { rows: n } = matrix;
    const keep = denseRowWeights(rowWeights, n);
    const groups = keep.length / n;
    const q = new Float64Array(logits * n);
    const row = new Float64Array(logits);
    for (let i = 0; i < n; i++) {
      if (logits === 1) q[i] = sigmoid(base[i]);
      else {
        softmaxInto(base, logits, i, n, row);
        for (let k = 0; k < logits; k++) q[k * n + i] = row[k];
      }
    }
    const around = { matrix, base, q, logits };
    if (logits > 1) {
      const held = new Float64Array(groups * logits * n);
      for (let g = 0; g < groups; g++) held.set(q, g * logits * n);
      return new SparseBatch(around, keep, held);
    }
    const slope = q.map((value, i) => value * sigmoid(-base[i]));
    const held = new Float64Array(panelledLength(groups, n));
    for (let g = 0; g < groups; g++) {
      for (let i = 0, at = panelled(g, n); i < n; i++, at += PANEL) held[at] = keep[g * n + i] * slope[i];
    }
    return new SparseBatch(around, keep, held);
  }

  async gradientChange(delta: Float64Array): Promise<Float64Array> {
    const held = new Float64Array(this.held.length);
    const out = this.gradient(delta, held);
    this.held = held;
    return out;
  }

  async gradientAt(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, null);
  }

  /** @param held where curvature at δ goes, as `this.held` */
  private gradient(delta: Float64Array, held: Float64Array | null): Float64Array {
    const { logits } = this.around;
    return logits === 1 ? this.logisticGradient(delta, held) : this.softmaxGradient(delta, held);
  }

  private logisticGradient(delta: Float64Array, held: Float64Array | null): Float64Array {
    const { matrix, base, q } = this.around;
    const { rows: n, sparse } = matrix;
    const { over } = sparse;
    const { keep } = this;
    const out = new Float64Array(delta.length);
    matrix.eachPanel(delta, (first, count) => {
      for (let i = 0; i < n; i++) {
        const z = base[i];
        const at = i * PANEL;
        for (let c = 0; c < count; c++) {
          const weight = keep[(first + c) * n + i];
          if (weight === 0) {
            over[at + c] = 0;
            continue;
          }
          const change = sigmoidChange(z, over[at + c]);
          over[at + c] = weight * change;
          if (held === null) continue;
          // σ(−z − Δ) by its own difference: no digits are lost where σ is near 1.
          held[first * n + at + c] = weight * Math.max(0, (q[i] + change) * (sigmoid(-z) - change));
        }
      }
      sparse.combine();
      matrix.takeParameters(out, first, count);
    });
    return out;
  }

  /** A group's K logits need not lie in one panel: the steps are written out first. */
  private softmaxGradient(delta: Float64Array, held: Float64Array | null): Float64Array {
    const { matrix, base, q, logits } = this.around;
    const { rows: n } = matrix;
    const over = this.stepsOf(delta);
    const step = new Float64Array(logits);
    const before = new Float64Array(logits);
    const change = new Float64Array(logits);
    for (let g = 0; g < this.groups; g++) {
      for (let i = 0; i < n; i++) {
        const weight = this.keep[g * n + i];
        for (let k = 0; k < logits; k++) {
          step[k] = over[(g * logits + k) * n + i];
          before[k] = q[k * n + i];
        }
        softmaxChangeInto(before, base, i, n, step, change);
        for (let k = 0; k < logits; k++) {
          const at = (g * logits + k) * n + i;
          over[at] = weight * change[k];
          if (held !== null) held[at] = before[k] + change[k];
        }
      }
    }
    return this.combined(over);
  }

  async curvatureProduct(P: Float64Array, into?: Float64Array): Promise<Float64Array> {
    const { matrix, logits } = this.around;
    const { rows: n, sparse } = matrix;
    if (logits > 1) return this.softmaxCurvature(P);
    const vectors = P.length / matrix.columns;
    const out = into ?? new Float64Array(P.length);
    for (let first = 0; first < vectors; first += PANEL) {
      matrix.checkCancelled();
      const count = Math.min(PANEL, vectors - first);
      sparse.scale.set(this.held.subarray(first * n, (first + PANEL) * n));
      matrix.putParameters(P, first, count);
      sparse.margins(true);
      sparse.combine();
      matrix.takeParameters(out, first, count);
    }
    return out;
  }

  private softmaxCurvature(P: Float64Array): Float64Array {
    const { matrix, logits } = this.around;
    const { rows: n } = matrix;
    const moved = this.stepsOf(P);
    for (let g = 0; g < this.groups; g++) {
      for (let i = 0; i < n; i++) {
        let mean = 0;
        for (let k = 0; k < logits; k++) {
          const at = (g * logits + k) * n + i;
          mean += this.held[at] * moved[at];
        }
        const weight = this.keep[g * n + i];
        for (let k = 0; k < logits; k++) {
          const at = (g * logits + k) * n + i;
          moved[at] = weight * this.held[at] * (moved[at] - mean);
        }
      }
    }
    return this.combined(moved);
  }

  /** P·X̃ᵀ, C×n. */
  private stepsOf(P: Float64Array): Float64Array {
    const { matrix } = this.around;
    const { rows: n, sparse } = matrix;
    const out = new Float64Array((P.length / matrix.columns) * n);
    matrix.eachPanel(P, (first, count) => {
      for (let c = 0; c < count; c++) {
        for (let i = 0; i < n; i++) out[(first + c) * n + i] = sparse.over[i * PANEL + c];
      }
    });
    return out;
  }

  /** R·X̃ for R of C×n. */
  private combined(R: Float64Array): Float64Array {
    const { matrix } = this.around;
    const { rows: n, sparse } = matrix;
    const vectors = R.length / n;
    const out = new Float64Array(vectors * matrix.columns);
    for (let first = 0; first < vectors; first += PANEL) {
      const count = Math.min(PANEL, vectors - first);
      if (count < PANEL) sparse.over.fill(0);
      for (let c = 0; c < count; c++) {
        for (let i = 0; i < n; i++) sparse.over[i * PANEL + c] = R[(first + c) * n + i];
      }
      sparse.combine();
      matrix.takeParameters(out, first, count);
    }
    return out;
  }

  async curvatureMass(): Promise<Float64Array> {
    const { logits, matrix } = this.around;
    const { rows: n } = matrix;
    if (logits === 1) return this.combined(this.heldRows());
    const mass = new Float64Array(this.groups * n);
    for (let g = 0; g < this.groups; g++) {
      for (let i = 0; i < n; i++) {
        let least = 1;
        for (let k = 0; k < logits; k++) least = Math.min(least, this.held[(g * logits + k) * n + i]);
        mass[g * n + i] = this.keep[g * n + i] * least;
      }
    }
    return this.combined(mass);
  }

  /** The held curvature of one logit, B×n. */
  private heldRows(): Float64Array {
    const { rows: n } = this.around.matrix;
    const out = new Float64Array(this.groups * n);
    for (let g = 0; g < this.groups; g++) {
      for (let i = 0, at = panelled(g, n); i < n; i++, at += PANEL) out[g * n + i] = this.held[at];
    }
    return out;
  }

  select(indices: Int32Array): GroupBatch {
    const { matrix, logits } = this.around;
    const { rows: n } = matrix;
    const keep = selectRows(this.keep, n, indices);
    if (logits > 1) return new SparseBatch(this.around, keep, selectRows(this.held, logits * n, indices));
    const held = new Float64Array(panelledLength(indices.length, n));
    indices.forEach((from, to) => {
      let source = panelled(from, n);
      let target = panelled(to, n);
      for (let i = 0; i < n; i++, source += PANEL, target += PANEL) held[target] = this.held[source];
    });
    return new SparseBatch(this.around, keep, held);
  }
}

/** Rows × 8 for every eight groups, as the kernel takes its factors: where row 0 of group g lies; row i is 8i further. */
function panelled(g: number, n: number): number {
  return Math.floor(g / PANEL) * n * PANEL + (g % PANEL);
}

function panelledLength(groups: number, n: number): number {
  return Math.ceil(groups / PANEL) * n * PANEL;
}
