/** Batches of groups around a placed matrix: see ../device.ts for what each product is. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { GroupBatch } from '../device.ts';
import * as formulas from './formulas.ts';
import { floats } from './runtime.ts';
import {
  addAt,
  cut,
  eachCell,
  logisticBase,
  partsOf,
  softmaxBase,
  type Guest,
  type LogisticBase,
  type Part,
  type Slab,
  type SlabMatrix,
  type SoftmaxBase,
} from './slabs.ts';

type Base = LogisticBase | SoftmaxBase;

/** What a batch knows of one part of its groups and one slab. */
interface Cell {
  base: Base;
  /** Weights of the rows that stay, groups×m. */
  keep: Float32Array;
  /** One logit: keep ∘ σ′ at the held point, groups×m. More: probabilities there, groups·K×m, or null at θ̂, where they are the base's. */
  held: Float32Array | null;
}

/** The same on the device. */
interface CellOnDevice {
  base: Record<string, Tensor>;
  keep: Tensor;
  held: Tensor;
  /** The held point moved there: `held` of the cell is out of date. */
  moved: boolean;
}

/** As PlacedMatrix.openBatch. */
export function openTensorflowBatch(
  matrix: SlabMatrix,
  base: Float64Array,
  keep: Float64Array,
  logits: number,
): GroupBatch {
  const { rows: n, slabs, runtime } = matrix;
  const parts = partsOf(keep.length / n, logits, runtime);
  const bases = slabs.map((slab) => (logits === 1 ? logisticBase(base, slab) : softmaxBase(base, slab, logits, n)));
  const cells = parts.flatMap((part) =>
    slabs.map((slab, at): Cell => {
      const keepHere = cut(keep, n, part, slab);
      const around = bases[at];
      return { base: around, keep: keepHere, held: 'r' in around ? slopes(around, keepHere) : null };
    }),
  );
  return new TensorflowBatch(matrix, parts, cells, logits);
}

/** keep ∘ σ′(z). */
function slopes({ q, r }: LogisticBase, keep: Float32Array): Float32Array {
  return keep.map((weight, at) => weight * q[at % q.length] * r[at % q.length]);
}

class TensorflowBatch implements GroupBatch, Guest {
  readonly groups: number;
  private readonly matrix: SlabMatrix;
  private readonly parts: readonly Part[];
  /** Part by part, the slabs of each. */
  private readonly cells: readonly Cell[];
  private readonly logits: number;
  private onDevice: CellOnDevice[] | null = null;

  constructor(matrix: SlabMatrix, parts: readonly Part[], cells: readonly Cell[], logits: number) {
    this.matrix = matrix;
    this.parts = parts;
    this.cells = cells;
    this.logits = logits;
    this.groups = parts.reduce((sum, part) => sum + part.groups, 0);
  }

  /** Elements of the tensors that stay between products. */
  private get elements(): number {
    const { logits, groups, matrix } = this;
    return matrix.rows * (groups * (logits + 1) + 3 * logits * this.parts.length);
  }

  private enter(): CellOnDevice[] {
    this.matrix.admit(this);
    if (this.onDevice !== null) return this.onDevice;
    const { runtime, slabs } = this.matrix;
    runtime.reserve(this.elements);
    this.onDevice = [];
    try {
      for (const [at, cell] of this.cells.entries())
        this.onDevice.push(this.uploadCell(cell, slabs[at % slabs.length]));
    } catch (thrown) {
      this.leave();
      throw thrown;
    }
    return this.onDevice;
  }

  private uploadCell({ base, keep, held }: Cell, { rows: m }: Slab): CellOnDevice {
    const { logits, matrix } = this;
    const { runtime } = matrix;
    const groups = keep.length / m;
    const cube = logits === 1 ? [m] : [logits, m];
    return runtime.run(() => {
      const tensors: Record<string, Tensor> = {};
      for (const [name, data] of Object.entries(base)) tensors[name] = runtime.upload(data, [1, ...cube]);
      return {
        base: tensors,
        keep: runtime.upload(keep, logits === 1 ? [groups, m] : [groups, 1, m]),
        held: held === null ? runtime.tf.clone(tensors.q) : runtime.upload(held, [groups, ...cube]),
        moved: false,
      };
    });
  }

  leave(): void {
    if (this.onDevice === null) return;
    const { runtime } = this.matrix;
    this.onDevice.forEach(({ base, keep, held, moved }, at) => {
      if (moved) this.cells[at].held = floats(held);
      runtime.tf.dispose({ base, keep, held });
    });
    this.onDevice = null;
    runtime.release(this.elements);
  }

  gradientChange(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, true);
  }

  gradientAt(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, false);
  }

  private async gradient(delta: Float64Array, hold: boolean): Promise<Float64Array> {
    await nextTurn();
    const { matrix, logits } = this;
    const { tf } = matrix.runtime;
    const cells = this.enter();
    return this.product(delta, (steps, cell) => {
      const here = cells[cell];
      const { base, keep } = here;
      let change: Tensor;
      let held: Tensor;
      if (logits === 1) {
        const logistic = formulas.logisticChange(tf, steps, { z: base.z, q: base.q, r: base.r });
        change = logistic.change;
        held = logistic.slope;
      } else {
        ({ change, held } = formulas.softmaxChange(tf, steps, { q: base.q, logq: base.logq, top: base.top }));
      }
      if (hold) {
        here.held.dispose();
        here.held = tf.keep(logits === 1 ? tf.mul(keep, held) : held);
        here.moved = true;
      }
      return tf.mul(keep, change);
    });
  }

  async curvatureProduct(P: Float64Array): Promise<Float64Array> {
    await nextTurn();
    const { matrix, logits } = this;
    const { tf } = matrix.runtime;
    const cells = this.enter();
    return this.product(P, (moved, cell) => {
      const { base, keep, held } = cells[cell];
      if (logits === 1) return tf.mul(held, moved);
      return tf.mul(keep, formulas.softmaxCurvature(tf, moved, held, base.top));
    });
  }

  /** middle(P·X̃ᵀ)·X̃: from groups×m, or groups×K×m for K logits, to the same. */
  private product(P: Float64Array, middle: (moved: Tensor, cell: number) => Tensor): Float64Array {
    const { matrix, logits, parts } = this;
    const { tf } = matrix.runtime;
    const { columns: p } = matrix;
    const out = new Float64Array(P.length);
    eachCell(matrix, parts, P, logits, (parameters, { from, groups }, { rows: m, X, XT }, cell) => {
      const moved = tf.matMul(parameters, XT);
      const weighted = middle(logits === 1 ? moved : tf.reshape(moved, [groups, logits, m]), cell);
      addAt(out, from * logits * p, floats(tf.matMul(tf.reshape(weighted, [groups * logits, m]), X)));
    });
    return out;
  }

  async curvatureMass(): Promise<Float64Array> {
    await nextTurn();
    const { matrix, parts, logits } = this;
    const { runtime, slabs, columns: p } = matrix;
    const { tf } = runtime;
    const cells = this.enter();
    const out = new Float64Array(this.groups * p);
    cells.forEach(({ keep, held }, at) => {
      const { from, groups } = parts[Math.floor(at / slabs.length)];
      const { rows: m, X } = slabs[at % slabs.length];
      const sums = runtime.read(() => {
        const mass = logits === 1 ? held : tf.mul(keep, tf.min(held, 1, true));
        return tf.matMul(tf.reshape(mass, [groups, m]), X);
      });
      addAt(out, from * p, sums);
    });
    return out;
  }

  select(indices: Int32Array): GroupBatch {
    const { matrix, logits } = this;
    // What is held comes back, from where the chosen groups' rows are taken.
    this.leave();
    const parts: Part[] = [];
    const cells: Cell[] = [];
    let from = 0;
    this.parts.forEach((part, at) => {
      const chosen = indices.filter((g) => g >= part.from && g < part.from + part.groups).map((g) => g - part.from);
      if (chosen.length === 0) return;
      parts.push({ from, groups: chosen.length });
      from += chosen.length;
      matrix.slabs.forEach(({ rows: m }, slab) => {
        const { base, keep, held } = this.cells[at * matrix.slabs.length + slab];
        cells.push({
          base,
          keep: selectFloats(keep, m, chosen),
          held: held === null ? null : selectFloats(held, logits * m, chosen),
        });
      });
    });
    return new TensorflowBatch(matrix, parts, cells, logits);
  }
}

function selectFloats(data: Float32Array, width: number, indices: Int32Array): Float32Array {
  const out = new Float32Array(indices.length * width);
  indices.forEach((from, to) => out.set(data.subarray(from * width, (from + 1) * width), to * width));
  return out;
}
