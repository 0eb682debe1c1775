import type { GroupBatch } from '../device.ts';
import type { RowWeights } from '../row-weights.ts';
import { sigmoidChange } from '../stable-change.ts';
import { gradientSides, PLAIN_LOGITS, type LogisticSides } from './logistic-sides.ts';
import { SIDES } from './logistic-middles.ts';
import { narrowPlaces, newNames, takeColumns, weightColumns } from './row-panels.ts';
import type { SparsePlaced } from './sparse-matrix.ts';
import { columnsFor } from './sparse-matrix.ts';
import { COLUMN_STEP, type Panel, type RowBlock } from './sparse-rows.ts';

/** What all batches around one fit share. */
interface Around {
  matrix: SparsePlaced;
  /** n logits at θ̂. */
  base: Float64Array;
  known: LogisticSides;
}

interface GroupPanel {
  /** The group of each column, −1 for those that fill it up. */
  of: Int32Array;
  /** n×C sample weights of the rows that stay. */
  keep: Float64Array;
  /** n×C: keep ∘ σ′ at the held point. */
  held: Float64Array;
  /** Whether another batch has the same `held`. */
  shared: boolean;
}

/** Groups of a two-class model. */
export class LogisticBatch implements GroupBatch {
  readonly groups: number;
  private readonly around: Around;
  private readonly panels: GroupPanel[];

  private constructor(around: Around, panels: GroupPanel[], groups: number) {
    this.around = around;
    this.panels = panels;
    this.groups = groups;
  }

  static open(matrix: SparsePlaced, base: Float64Array, rowWeights: RowWeights, groups: number): LogisticBatch {
    const { rows: n } = matrix;
    const known = gradientSides(base);
    const slope = Float64Array.from(base, (_, i) => known.sides[SIDES * i] * known.sides[SIDES * i + 1]);
    const panels = panelsOf(groups, matrix.panelColumns).map((of): GroupPanel => {
      const keep = weightColumns(rowWeights, of, n);
      return { of, keep, held: timesRows(keep, slope, of.length), shared: false };
    });
    return new LogisticBatch({ matrix, base, known }, panels, groups);
  }

  async gradientChange(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, true);
  }

  async gradientAt(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, false);
  }

  private gradient(delta: Float64Array, hold: boolean): Float64Array {
    const { matrix, known } = this.around;
    const out = new Float64Array(delta.length);
    for (const groups of this.panels) {
      matrix.checkCancelled();
      if (hold && groups.shared) {
        groups.held = new Float64Array(groups.held.length);
        groups.shared = false;
      }
      const met = known.plain && this.panelGradient(groups, delta, hold, out, true) <= PLAIN_LOGITS;
      if (!met) this.panelGradient(groups, delta, hold, out, false);
    }
    return out;
  }

  /** @returns the largest step, as far as the kernel looked */
  private panelGradient(
    groups: GroupPanel,
    delta: Float64Array,
    hold: boolean,
    out: Float64Array,
    quick: boolean,
  ): number {
    const { matrix } = this.around;
    const { sparse } = matrix;
    const panel = sparse.use(groups.of.length);
    sparse.beginCombine(panel);
    panel.largest.fill(0);
    matrix.eachMargins(panel, delta, groups.of, (block) => {
      if (quick) this.quickMiddle(panel, block, groups, hold);
      else this.carefulMiddle(panel, block, groups, hold);
      sparse.combine(panel, block);
    });
    matrix.takeGradient(panel, out, groups.of);
    return Math.max(...panel.largest);
  }

  private quickMiddle(panel: Panel, { start, rows }: RowBlock, { keep, held }: GroupPanel, hold: boolean): void {
    const { known, matrix } = this.around;
    const { width, at } = panel;
    const [from, to] = [start * width, (start + rows) * width];
    panel.factors.set(keep.subarray(from, to));
    panel.sides.set(known.sides.subarray(SIDES * start, SIDES * (start + rows)));
    const into = hold ? at.held : 0;
    matrix.sparse.kernel.logisticGradient(at.steps, at.sides, at.factors, into, rows, 8 * width, at.largest);
    if (hold) held.set(panel.held.subarray(0, to - from), from);
  }

  private carefulMiddle(
    { steps, width }: Panel,
    { start, rows }: RowBlock,
    { keep, held }: GroupPanel,
    hold: boolean,
  ): void {
    const { base, known } = this.around;
    const { sides } = known;
    for (let i = 0; i < rows; i++) {
      const row = start + i;
      for (let c = 0; c < width; c++) {
        const weight = keep[row * width + c];
        const at = i * width + c;
        const change = weight === 0 ? 0 : sigmoidChange(base[row], steps[at]);
        steps[at] = weight * change;
        // σ(−z − Δ) by its own difference: no digits are lost where σ is near 1.
        if (hold)
          held[row * width + c] =
            weight * Math.max(0, (sides[SIDES * row] + change) * (sides[SIDES * row + 1] - change));
      }
    }
  }

  async curvatureProduct(P: Float64Array, into?: Float64Array): Promise<Float64Array> {
    const { matrix } = this.around;
    const { sparse } = matrix;
    const out = into ?? new Float64Array(P.length);
    for (const { of, held } of this.panels) {
      matrix.checkCancelled();
      const panel = sparse.use(of.length);
      matrix.putParameters(panel, P, of);
      sparse.beginMargins(panel);
      sparse.beginCombine(panel);
      for (const block of sparse.blocks) {
        panel.factors.set(held.subarray(block.start * of.length, (block.start + block.rows) * of.length));
        sparse.margins(panel, block, true);
        sparse.combine(panel, block);
      }
      matrix.takeGradient(panel, out, of);
    }
    return out;
  }

  async curvatureMass(): Promise<Float64Array> {
    const { matrix } = this.around;
    const { sparse } = matrix;
    const out = new Float64Array(this.groups * matrix.columns);
    for (const { of, held } of this.panels) {
      const panel = sparse.use(of.length);
      sparse.beginCombine(panel);
      for (const block of sparse.blocks) {
        panel.steps.set(held.subarray(block.start * of.length, (block.start + block.rows) * of.length));
        sparse.combine(panel, block);
      }
      matrix.takeGradient(panel, out, of);
    }
    return out;
  }

  select(indices: Int32Array): GroupBatch {
    const { rows: n } = this.around.matrix;
    const name = newNames(indices);
    const panels = this.panels.flatMap((panel): GroupPanel[] => {
      const narrowed = narrowPlaces(panel.of, name, COLUMN_STEP);
      if (narrowed === null) return [];
      const { places: of, from } = narrowed;
      if (from !== null) {
        const take = (values: Float64Array): Float64Array => takeColumns(values, panel.of.length, from, n);
        return [{ of, keep: take(panel.keep), held: take(panel.held), shared: false }];
      }
      panel.shared = true;
      return [{ ...panel, of }];
    });
    return new LogisticBatch(this.around, panels, indices.length);
  }
}

/** The groups of each panel of a batch. */
function panelsOf(groups: number, width: number): Int32Array[] {
  return Array.from({ length: Math.ceil(groups / width) }, (_, at) =>
    columnsFor(Math.min(width, groups - at * width), (c) => at * width + c),
  );
}

/** Each row of n×C values times its factor. */
function timesRows(values: Float64Array, factors: Float64Array, width: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0, at = 0; i < factors.length; i++) {
    const factor = factors[i];
    for (const end = at + width; at < end; at++) out[at] = values[at] * factor;
  }
  return out;
}
