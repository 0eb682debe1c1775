/**
 * FastIF (Guo et al. 2021): the most influential rows of a test point are sought among its nearest neighbours in the last
 * layer's inputs, with an inverse-Hessian product no more exact than the ranking needs. How many neighbours and how
 * exact a product is found on a few pilot points, against their exact influences.
 */
import type { AttributionEstimator, AttributionProblem, Target } from '../attribution.ts';
import { additive, allRows, checkCancelled, rowsOf } from '../attribution.ts';
import { openInverse, type InverseOptions } from '../inverse-hessian.ts';
import { topRows } from '../metrics/top-overlap.ts';
import { rowProducts, targetGradients } from '../training-objective.ts';

export interface FastInfluenceOptions {
  /** Rows sought per target. */
  top?: number;
  /** Share of the true top rows that must be found on the pilots. */
  recall?: number;
  /** Targets that the settings are tuned on. */
  pilots?: number;
}

export interface FastSettings {
  inverse: InverseOptions;
  /** Candidates per target. */
  neighbours: number;
  /** On the pilots. */
  recall: number;
  description: string;
}

const TOP = 100;
const RECALL = 0.95;
const PILOTS = 5;
/** Aimed at on the pilots: other targets fall on both sides of what the pilots have. */
const MARGIN = 0.02;

const SOLVERS: readonly { description: string; inverse: InverseOptions }[] = [
  ...[8, 16, 32, 64].map((depth) => ({
    description: `LiSSA, ${depth} iterations`,
    inverse: { solver: 'lissa' as const, maximumIterations: depth, tolerance: 0 },
  })),
  ...[0.5, 0.3, 0.2, 0.1, 0.03, 0.01, 1e-3, 1e-6].map((tolerance) => ({
    description: `conjugate gradients to ${tolerance}`,
    inverse: { solver: 'cg' as const, tolerance },
  })),
];

/** The settings that the pilots ask for: the solver of fewest products that finds enough, then the fewest neighbours that do. */
export async function tuneFastInfluence(
  problem: AttributionProblem,
  { top = TOP, recall = RECALL, pilots = PILOTS }: FastInfluenceOptions = {},
): Promise<FastSettings> {
  const { model } = problem;
  const everyRow = allRows(model.rows.train);
  const wanted = Math.min(1, recall + MARGIN);
  const some: AttributionProblem = { ...problem, targets: problem.targets.slice(0, pilots) };
  const truth = (await influences(some, everyRow, { solver: 'cg', tolerance: 1e-8 })).scores.map((row) =>
    largest(row, top),
  );
  const tried: { setting: (typeof SOLVERS)[number]; scores: Float64Array[]; products: number; recall: number }[] = [];
  for (const setting of SOLVERS) {
    checkCancelled(problem);
    const { scores, products } = await influences(some, everyRow, setting.inverse);
    const reached = meanRecall(
      truth,
      scores.map((row) => largest(row, top)),
    );
    tried.push({ setting, scores, products, recall: reached });
  }
  const enough = tried.filter((one) => one.recall >= wanted).sort((x, y) => x.products - y.products);
  const { setting: chosen, scores, recall: overAll } = enough[0] ?? tried[tried.length - 1];
  const search = await neighbourSearch(problem);
  let found = { neighbours: model.rows.train, recall: overAll };
  for (let share = 1 / 16; share < 1; share *= 2) {
    const neighbours = Math.max(top, Math.round(share * model.rows.train));
    const near = await Promise.all(some.targets.map((target) => search(target, neighbours)));
    const tops = scores.map((row, t) => {
      const candidates = new Set(near[t]);
      return largest(
        row.map((value, i) => (candidates.has(i) ? value : 0)),
        top,
      );
    });
    const reached = meanRecall(truth, tops);
    if (reached < wanted) continue;
    found = { neighbours, recall: reached };
    break;
  }
  return { inverse: chosen.inverse, ...found, description: chosen.description };
}

/** The most influential rows of one target: rows by |influence|, and their influences. */
export interface FastTop {
  rows: Int32Array;
  values: Float64Array;
}

/** With settings that are tuned: what is done for each further test point. */
export async function openFastInfluence(
  problem: AttributionProblem,
  { inverse, neighbours }: FastSettings,
): Promise<(target: Target, top: number) => Promise<FastTop>> {
  const { model, trained } = problem;
  const solver = await openInverse(problem, inverse);
  const search = await neighbourSearch(problem);
  const all = allRows(model.rows.train);
  return async (target, top) => {
    const [gradient] = await targetGradients(model, trained.theta, [target]);
    const direction = await solver.solve(gradient);
    const candidates = neighbours >= all.length ? all : await search(target, neighbours);
    const values = await rowProducts(model, trained.theta, candidates, [direction]);
    const best = largest(values, top);
    return {
      rows: Int32Array.from(best, (at) => candidates[at]),
      values: Float64Array.from(best, (at) => values[at]),
    };
  };
}

/** Influence of the candidates of each target, 0 for the rows that are not: groups are sums over those. */
export function fastInfluence(options: FastInfluenceOptions = {}): AttributionEstimator {
  return async (problem) => {
    const { model, trained, targets } = problem;
    const settings = await tuneFastInfluence(problem, options);
    const solver = await openInverse(problem, settings.inverse);
    const search = await neighbourSearch(problem);
    const rows = rowsOf(problem);
    const scores = new Float64Array(targets.length * rows.length);
    for (const [t, target] of targets.entries()) {
      const [gradient] = await targetGradients(model, trained.theta, [target]);
      const direction = await solver.solve(gradient);
      const values = await rowProducts(model, trained.theta, rows, [direction]);
      const near = settings.neighbours >= model.rows.train ? null : new Set(await search(target, settings.neighbours));
      rows.forEach((row, at) => (scores[t * rows.length + at] = near === null || near.has(row) ? values[at] : 0));
    }
    const { neighbours, recall, description } = settings;
    return {
      ...additive(problem, rows, scores),
      groupRule: 'sum',
      suspicion: null,
      suspicionRule: '',
      notes: [
        `${description}; ${neighbours} of ${model.rows.train} rows are candidates; recall ${(100 * recall).toFixed(1)} % on the pilots.`,
      ],
    };
  };
}

async function influences(
  problem: AttributionProblem,
  rows: Int32Array,
  inverse: InverseOptions,
): Promise<{ scores: Float64Array[]; products: number }> {
  const { model, trained, targets } = problem;
  const solver = await openInverse(problem, inverse);
  const directions: Float64Array[] = [];
  let products = 0;
  for (const gradient of await targetGradients(model, trained.theta, targets)) {
    directions.push(await solver.solve(gradient));
    products += solver.lastResiduals().length;
  }
  const all = await rowProducts(model, trained.theta, rows, directions);
  return { scores: targets.map((_, t) => all.subarray(t * rows.length, (t + 1) * rows.length)), products };
}

/** Nearest training rows of a target's (mean) last inputs, by Euclidean distance. */
async function neighbourSearch({
  model,
  trained,
}: AttributionProblem): Promise<(target: Target, count: number) => Promise<Int32Array>> {
  const n = model.rows.train;
  const inputs = await model.lastInputs(trained.theta, 'train', allRows(n));
  const width = inputs.length / n;
  return async ({ rows }, count) => {
    const test = await model.lastInputs(trained.theta, 'test', rows);
    const centre = new Float64Array(width);
    for (let at = 0; at < test.length; at++) centre[at % width] += test[at] / rows.length;
    const closeness = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < width; j++) closeness[i] -= (inputs[i * width + j] - centre[j]) ** 2;
    }
    return topRows(closeness, count);
  };
}

/** Positions of the `top` values of largest size. */
export function largest(values: Float64Array, top: number): Int32Array {
  return topRows(values.map(Math.abs), top);
}

function meanRecall(truth: readonly Int32Array[], found: readonly Int32Array[]): number {
  const each = truth.map((rows, t) => {
    const have = new Set(found[t]);
    return rows.filter((row) => have.has(row)).length / rows.length;
  });
  return each.reduce((sum, value) => sum + value, 0) / each.length;
}
