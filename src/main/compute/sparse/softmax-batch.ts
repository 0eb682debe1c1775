import type { GroupBatch } from '../device.ts';
import type { RowWeights } from '../row-weights.ts';
import { softmaxChangeInto, softmaxInto } from '../stable-change.ts';
import { narrowPlaces, newNames, takeColumns, weightColumns } from './row-panels.ts';
import type { SparsePlaced } from './sparse-matrix.ts';
import { COLUMN_STEP, type Panel, type RowBlock } from './sparse-rows.ts';

/** Groups side by side; a panel has a column per group and class. */
const PANEL_GROUPS = 8;

/** What all batches around one fit share. */
interface Around {
  matrix: SparsePlaced;
  /** K×n logits at θ̂. */
  base: Float64Array;
  /** n×K probabilities there. */
  q: Float64Array;
  logits: number;
}

interface GroupPanel {
  /** The group of each slot, an even number of them, −1 for those that fill it up. */
  slots: Int32Array;
  /** The vector of each column: column k·(slots) + s is class k of slot s. */
  of: Int32Array;
  /** n×slots sample weights of the rows that stay. */
  keep: Float64Array;
  /** n×C probabilities at the held point; null at θ̂, where all groups have the same. */
  held: Float64Array | null;
  /** Whether another batch has the same `held`. */
  shared: boolean;
}

/** Groups of a model of K > 2 classes. */
export class SoftmaxBatch implements GroupBatch {
  readonly groups: number;
  private readonly around: Around;
  private readonly panels: GroupPanel[];

  private constructor(around: Around, panels: GroupPanel[], groups: number) {
    this.around = around;
    this.panels = panels;
    this.groups = groups;
  }

  static open(
    matrix: SparsePlaced,
    base: Float64Array,
    rowWeights: RowWeights,
    groups: number,
    logits: number,
  ): SoftmaxBatch {
    const { rows: n } = matrix;
    const q = new Float64Array(n * logits);
    for (let i = 0; i < n; i++) softmaxInto(base, logits, i, n, q.subarray(i * logits, (i + 1) * logits));
    const panels = slotsOf(groups).map((slots): GroupPanel => ({
      slots,
      of: vectorsOf(slots, logits),
      keep: weightColumns(rowWeights, slots, n),
      held: null,
      shared: false,
    }));
    return new SoftmaxBatch({ matrix, base, q, logits }, panels, groups);
  }

  async gradientChange(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, true);
  }

  async gradientAt(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, false);
  }

  private gradient(delta: Float64Array, hold: boolean): Float64Array {
    const { matrix } = this.around;
    const { sparse } = matrix;
    const out = new Float64Array(delta.length);
    for (const groups of this.panels) {
      matrix.checkCancelled();
      const panel = sparse.use(groups.of.length);
      const own = groups.shared ? null : groups.held;
      const held = hold ? (own ?? new Float64Array(matrix.rows * panel.width)) : null;
      sparse.beginCombine(panel);
      matrix.eachMargins(panel, delta, groups.of, (block) => {
        this.changeProbabilities(panel, block, groups, held);
        sparse.combine(panel, block);
      });
      matrix.takeGradient(panel, out, groups.of);
      if (held === null) continue;
      groups.held = held;
      groups.shared = false;
    }
    return out;
  }

  /** Steps → keep ∘ (softmax(z + Δ) − softmax(z)), in place. */
  private changeProbabilities(
    { steps, width }: Panel,
    { start, rows }: RowBlock,
    { slots, keep }: GroupPanel,
    held: Float64Array | null,
  ): void {
    const { base, q, logits, matrix } = this.around;
    const wide = slots.length;
    const step = new Float64Array(logits);
    const change = new Float64Array(logits);
    for (let i = 0; i < rows; i++) {
      const row = start + i;
      const before = q.subarray(row * logits, (row + 1) * logits);
      for (let s = 0; s < wide; s++) {
        if (slots[s] < 0) continue;
        const at = i * width + s;
        const weight = keep[row * wide + s];
        for (let k = 0; k < logits; k++) step[k] = steps[at + k * wide];
        softmaxChangeInto(before, base, row, matrix.rows, step, change);
        for (let k = 0; k < logits; k++) {
          steps[at + k * wide] = weight * change[k];
          if (held !== null) held[row * width + s + k * wide] = before[k] + change[k];
        }
      }
    }
  }

  async curvatureProduct(P: Float64Array, into?: Float64Array): Promise<Float64Array> {
    const { matrix } = this.around;
    const { sparse } = matrix;
    const out = into ?? new Float64Array(P.length);
    for (const groups of this.panels) {
      matrix.checkCancelled();
      const panel = sparse.use(groups.of.length);
      sparse.beginCombine(panel);
      matrix.eachMargins(panel, P, groups.of, (block) => {
        this.bend(panel, block, groups);
        sparse.combine(panel, block);
      });
      matrix.takeGradient(panel, out, groups.of);
    }
    return out;
  }

  /** Margins U → keep ∘ H ∘ (U − Σ H U), in place. */
  private bend(panel: Panel, { start, rows }: RowBlock, { slots, keep, held }: GroupPanel): void {
    const { q, logits, matrix } = this.around;
    const { width, at } = panel;
    const wide = slots.length;
    const probabilities = held ?? q;
    const perRow = held === null ? logits : width;
    panel.held.set(probabilities.subarray(start * perRow, (start + rows) * perRow));
    panel.factors.set(keep.subarray(start * wide, (start + rows) * wide));
    const shared = held === null ? 1 : 0;
    matrix.sparse.kernel.softmaxCurvature(at.steps, at.held, at.factors, rows, logits, 8 * wide, 8 * width, shared);
  }

  async curvatureMass(): Promise<Float64Array> {
    const { matrix, q, logits } = this.around;
    const { rows: n } = matrix;
    const mass = new Float64Array(this.groups * n);
    for (const { slots, of, keep, held } of this.panels) {
      const wide = slots.length;
      slots.forEach((group, s) => {
        if (group < 0) return;
        for (let i = 0; i < n; i++) {
          let least = 1;
          for (let k = 0; k < logits; k++) {
            least = Math.min(least, held === null ? q[i * logits + k] : held[i * of.length + k * wide + s]);
          }
          mass[group * n + i] = keep[i * wide + s] * least;
        }
      });
    }
    return matrix.combine(mass);
  }

  select(indices: Int32Array): GroupBatch {
    const { matrix, logits } = this.around;
    const name = newNames(indices);
    const panels = this.panels.flatMap((panel): GroupPanel[] => {
      const narrowed = narrowPlaces(panel.slots, name, SLOT_STEP);
      if (narrowed === null) return [];
      const { places: slots, from } = narrowed;
      const of = vectorsOf(slots, logits);
      if (from === null) {
        panel.shared = true;
        return [{ ...panel, slots, of }];
      }
      const wide = panel.slots.length;
      const columns = Int32Array.from(of, (_, c) => {
        const slot = c < slots.length * logits ? from[c % slots.length] : -1;
        return slot < 0 ? -1 : Math.floor(c / slots.length) * wide + slot;
      });
      const { rows: n } = matrix;
      const held = panel.held === null ? null : takeColumns(panel.held, panel.of.length, columns, n);
      return [{ slots, of, keep: takeColumns(panel.keep, wide, from, n), held, shared: false }];
    });
    return new SoftmaxBatch(this.around, panels, indices.length);
  }
}

/** Slots come in pairs: the kernel takes two at a time. */
const SLOT_STEP = 2;

/** The groups of each panel of a batch. */
function slotsOf(groups: number): Int32Array[] {
  return Array.from({ length: Math.ceil(groups / PANEL_GROUPS) }, (_, at) => {
    const first = at * PANEL_GROUPS;
    const count = Math.min(PANEL_GROUPS, groups - first);
    return Int32Array.from({ length: SLOT_STEP * Math.ceil(count / SLOT_STEP) }, (_, s) =>
      s < count ? first + s : -1,
    );
  });
}

function vectorsOf(slots: Int32Array, logits: number): Int32Array {
  const filled = slots.length * logits;
  return Int32Array.from({ length: Math.ceil(filled / COLUMN_STEP) * COLUMN_STEP }, (_, c) => {
    const group = c < filled ? slots[c % slots.length] : -1;
    return group < 0 ? -1 : group * logits + Math.floor(c / slots.length);
  });
}
