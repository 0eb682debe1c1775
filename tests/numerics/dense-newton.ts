/**
 * The judge of the engine in TypeScript: regression, removal and effects in float64, plain and slow, from method.md
 * §1–2 alone. Dense Hessians, Cholesky on a unit diagonal, full Newton steps with a line search down to rounding.
 * Nothing of src is used. For n ≤ 400 and q ≤ 300; where float64 itself is in doubt, see tests/golden/extremes.py.
 *
 * θ is L×p: per logit (one for two classes, of the second; else one a class) the weights, then the intercept.
 */

export interface DenseProblem {
  /** Rows of features, without the intercept's 1. */
  X: readonly Float64Array[];
  y: ArrayLike<number>;
  testX: readonly Float64Array[];
  testY: ArrayLike<number>;
  classes: number;
  /** Absolute λ; the intercept is free. */
  lambda: number;
  intercept: boolean;
  /** sᵢ. */
  weights: Float64Array;
}

export type Effects = Record<'influence' | 'newton' | 'actual' | 'influenceOnParameters' | 'newtonLinear', number[]>;

/** A scalar of the model whose change is asked for. */
export type Asked = { quantity: 'margin' | 'loss' | 'selfLoss' | 'meanTestLoss'; target: string };

const withOne = (problem: DenseProblem, x: Float64Array): Float64Array =>
  problem.intercept ? Float64Array.of(...x, 1) : x;

const logitCount = ({ classes }: DenseProblem): number => (classes === 2 ? 1 : classes);

/** Logits of every class; the first of two has logit 0. */
function logitsOf(problem: DenseProblem, theta: Float64Array, x: Float64Array): number[] {
  const L = logitCount(problem);
  const z = Array.from({ length: L }, (_, k) => x.reduce((sum, v, j) => sum + v * theta[k * x.length + j], 0));
  return L === 1 ? [0, ...z] : z;
}

/** log Σₖ e^(zₖ − z_label), without losing a loss of 1e-30. */
function lossOf(z: readonly number[], label: number): number {
  const others = z.filter((_, k) => k !== label).map((value) => value - z[label]);
  const top = Math.max(...others);
  if (top <= 0) return Math.log1p(others.reduce((sum, v) => sum + Math.exp(v), 0));
  return top + Math.log(Math.exp(-top) + others.reduce((sum, v) => sum + Math.exp(v - top), 0));
}

function probabilitiesOf(z: readonly number[]): number[] {
  const top = Math.max(...z);
  const total = z.reduce((sum, v) => sum + Math.exp(v - top), 0);
  return z.map((v) => Math.exp(v - top) / total);
}

/** P(k) − [k = label] for the modelled logits; the label's own as minus the sum of the others, which does not cancel. */
function residualOf(z: readonly number[], label: number): number[] {
  const P = probabilitiesOf(z);
  const own = P.reduce((sum, v, k) => (k === label ? sum : sum - v), 0);
  const all = P.map((v, k) => (k === label ? own : v));
  return z.length === 2 ? [all[1]] : all;
}

/** ℓ(z + Δ) − ℓ(z), by log1p(Σ p expm1(Δₖ − Δ_label)) where that does not overflow. */
function lossChange(z: readonly number[], step: readonly number[], label: number): number {
  const relative = step.map((value) => value - step[label]);
  if (Math.max(...relative.map(Math.abs)) < 1) {
    const P = probabilitiesOf(z);
    return Math.log1p(relative.reduce((sum, v, k) => sum + P[k] * Math.expm1(v), 0));
  }
  return (
    lossOf(
      z.map((v, k) => v + step[k]),
      label,
    ) - lossOf(z, label)
  );
}

const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
};

const plus = (a: Float64Array, t: number, b: Float64Array): Float64Array => a.map((v, j) => v + t * b[j]);

export class DenseNewton {
  private readonly problem: DenseProblem;
  private readonly rows: Float64Array[];
  private readonly testRows: Float64Array[];
  readonly p: number;
  readonly q: number;

  constructor(problem: DenseProblem) {
    this.problem = problem;
    this.rows = problem.X.map((x) => withOne(problem, x));
    this.testRows = problem.testX.map((x) => withOne(problem, x));
    this.p = this.rows[0].length;
    this.q = logitCount(problem) * this.p;
  }

  private ridge(j: number): number {
    return this.problem.intercept && j % this.p === this.p - 1 ? 0 : this.problem.lambda;
  }

  private pointGradient(theta: Float64Array, x: Float64Array, label: number): Float64Array {
    const residual = residualOf(logitsOf(this.problem, theta, x), label);
    return Float64Array.from({ length: this.q }, (_, j) => residual[Math.floor(j / this.p)] * x[j % this.p]);
  }

  /** Σ over `rows` of sᵢ∇ℓᵢ(θ). */
  lossGradient(theta: Float64Array, rows: Iterable<number>): Float64Array {
    const out = new Float64Array(this.q);
    for (const i of rows) {
      const s = this.problem.weights[i];
      if (s === 0) continue;
      this.pointGradient(theta, this.rows[i], this.problem.y[i]).forEach((v, j) => (out[j] += s * v));
    }
    return out;
  }

  /** Gradient of the objective over `rows` at θ. */
  gradient(theta: Float64Array, rows: Iterable<number>): Float64Array {
    return this.lossGradient(theta, rows).map((v, j) => v + this.ridge(j) * theta[j]);
  }

  /** Σ |terms| of each coordinate of the gradient over all rows: what its rounding is relative to. */
  gradientScale(theta: Float64Array): Float64Array {
    const out = theta.map((v, j) => Math.abs(this.ridge(j) * v));
    this.rows.forEach((x, i) => {
      const z = logitsOf(this.problem, theta, x);
      // A logit carries the rounding of its own terms into the residual.
      const terms = Math.max(
        ...Array.from({ length: this.q / this.p }, (_, k) =>
          x.reduce((sum, v, j) => sum + Math.abs(v * theta[k * this.p + j]), 0),
        ),
      );
      const P = probabilitiesOf(z);
      residualOf(z, this.problem.y[i]).forEach((r, k) => {
        const own = P[z.length === 2 ? 1 : k];
        const size = this.problem.weights[i] * (Math.abs(r) + own * (1 - own) * (1 + terms));
        for (let j = 0; j < this.p; j++) out[k * this.p + j] += size * Math.abs(x[j]);
      });
    });
    return out;
  }

  private objective(theta: Float64Array, rows: readonly number[]): number {
    let value = 0;
    for (const i of rows) {
      if (this.problem.weights[i] > 0)
        value += this.problem.weights[i] * lossOf(logitsOf(this.problem, theta, this.rows[i]), this.problem.y[i]);
    }
    theta.forEach((v, j) => (value += (this.ridge(j) * v * v) / 2));
    return value;
  }

  /** H_λ over `rows` at θ, with curvature added along the flat directions of softmax. */
  hessian(theta: Float64Array, rows: readonly number[]): Float64Array {
    const { p, q, problem } = this;
    const H = new Float64Array(q * q);
    const L = q / p;
    for (const i of rows) {
      const x = this.rows[i];
      const all = probabilitiesOf(logitsOf(problem, theta, x));
      const P = L === 1 ? [all[1]] : all;
      for (let k = 0; k < L; k++) {
        const rest = L === 1 ? all[0] : P.reduce((sum, v, c) => (c === k ? sum : sum + v), 0);
        for (let l = 0; l <= k; l++) {
          const c = problem.weights[i] * P[k] * (k === l ? rest : -P[l]);
          if (c === 0) continue;
          for (let a = 0; a < p; a++) {
            const at = (k * p + a) * q + l * p;
            const ca = c * x[a];
            for (let b = 0; b < p; b++) H[at + b] += ca * x[b];
          }
        }
      }
    }
    for (let a = 0; a < q; a++) {
      H[a * q + a] += this.ridge(a);
      for (let b = 0; b < a; b++) H[b * q + a] = H[a * q + b];
    }
    if (L > 1) {
      // Along "the same for every class" only λ curves: solutions have no part there, and any curvature will do.
      for (let j = 0; j < p; j++) {
        let mean = 0;
        for (let k = 0; k < L; k++) mean += H[(k * p + j) * (q + 1)] / L;
        for (let k = 0; k < L; k++) for (let l = 0; l < L; l++) H[(k * p + j) * q + l * p + j] += mean / L;
      }
    }
    return H;
  }

  /**
   * The minimiser over `rows` from θ = `start`: Newton with a line search on the objective while that can be told
   * from its rounding, then full steps while the gradient, in units of the Hessian's diagonal, still falls.
   */
  fit(rows: readonly number[], start: Float64Array): Float64Array {
    let theta: Float64Array = start.slice();
    let best: Float64Array = theta;
    let least = Infinity;
    let stalled = 0;
    for (let round = 0; round < 400 && stalled < 8; round++) {
      const g = this.gradient(theta, rows);
      const H = this.hessian(theta, rows);
      const size = Math.sqrt(g.reduce((sum, v, j) => sum + (v * v) / H[j * this.q + j], 0));
      if (size < least) [best, least] = [theta, size];
      if (size === 0) break;
      const step = solvePositiveDefinite(
        H,
        g.map((v) => -v),
      );
      const value = this.objective(theta, rows);
      const slope = inner(g, step);
      let t = 1;
      // Below its own rounding the objective tells nothing; the gradient does.
      const rounding = 1e-13 * Math.abs(value);
      while (t > 1e-12 && this.objective(plus(theta, t, step), rows) > value + 1e-4 * t * slope + rounding) t /= 2;
      theta = plus(theta, t, step);
      // On the way the gradient may rise; the objective tells that it is over.
      stalled = this.objective(theta, rows) >= value - 10 * rounding ? stalled + 1 : 0;
    }
    return best;
  }

  everyone(): number[] {
    return [...this.rows.keys()];
  }

  without(group: ArrayLike<number>): number[] {
    const gone = new Set(Array.from(group));
    return this.everyone().filter((i) => !gone.has(i));
  }

  /** f(θ̂ + δ) − f(θ̂) by `curved`, ∇f(θ̂)ᵀδ by `linear`. */
  change(theta: Float64Array, delta: Float64Array, group: ArrayLike<number>, asked: Asked, linear: boolean) {
    const { problem } = this;
    const at = (x: Float64Array, label: number): number => {
      if (linear) return inner(this.pointGradient(theta, x, label), delta);
      return lossChange(logitsOf(problem, theta, x), logitsOf(problem, delta, x), label);
    };
    if (asked.quantity === 'selfLoss') {
      return Array.from(group).reduce((sum, i) => sum + problem.weights[i] * at(this.rows[i], problem.y[i]), 0);
    }
    if (asked.quantity === 'meanTestLoss') {
      return this.testRows.reduce((sum, x, i) => sum + at(x, problem.testY[i]), 0) / this.testRows.length;
    }
    const row = Number(asked.target);
    const x = this.testRows[row];
    if (asked.quantity === 'loss') return at(x, problem.testY[row]);
    return (problem.testY[row] === 1 ? 1 : -1) * inner(x, delta);
  }

  /** Every effect of removing `group` from the fit `theta`: one number per entry of `asked`. */
  effects(theta: Float64Array, group: ArrayLike<number>, asked: readonly Asked[]): Effects {
    const rest = this.without(group);
    const pull = this.lossGradient(theta, Array.from(group));
    const influence = solvePositiveDefinite(this.hessian(theta, this.everyone()), pull);
    const newton = solvePositiveDefinite(this.hessian(theta, rest), pull);
    const actual = plus(this.fit(rest, theta), -1, theta);
    const each = (delta: Float64Array, linear: boolean) =>
      asked.map((one) => this.change(theta, delta, group, one, linear));
    return {
      influence: each(influence, true),
      newton: each(newton, false),
      actual: each(actual, false),
      influenceOnParameters: each(influence, false),
      newtonLinear: each(newton, true),
    };
  }
}

/** A⁻¹b by Cholesky of A scaled to a unit diagonal, with two steps of refinement. A: q×q, symmetric. */
export function solvePositiveDefinite(A: Float64Array, b: Float64Array): Float64Array {
  const q = b.length;
  const scale = Float64Array.from(b, (_, j) => 1 / Math.sqrt(A[j * q + j]));
  const L = A.map((v, at) => v * scale[Math.floor(at / q)] * scale[at % q]);
  for (let j = 0; j < q; j++) {
    for (let i = j; i < q; i++) {
      let sum = L[i * q + j];
      for (let k = 0; k < j; k++) sum -= L[i * q + k] * L[j * q + k];
      if (i === j) {
        if (!(sum > 0)) throw new Error(`the Hessian is not positive definite: pivot ${j} is ${sum}`);
        L[j * q + j] = Math.sqrt(sum);
      } else L[i * q + j] = sum / L[j * q + j];
    }
  }
  const solve = (right: Float64Array): Float64Array => {
    const x = right.map((v, j) => v * scale[j]);
    for (let i = 0; i < q; i++) {
      for (let k = 0; k < i; k++) x[i] -= L[i * q + k] * x[k];
      x[i] /= L[i * q + i];
    }
    for (let i = q - 1; i >= 0; i--) {
      for (let k = i + 1; k < q; k++) x[i] -= L[k * q + i] * x[k];
      x[i] /= L[i * q + i];
    }
    return x.map((v, j) => v * scale[j]);
  };
  let x: Float64Array = solve(b);
  for (let round = 0; round < 2; round++) {
    const left = b.map((v, i) => v - inner(A.subarray(i * q, (i + 1) * q), x));
    x = plus(x, 1, solve(left));
  }
  return x;
}
