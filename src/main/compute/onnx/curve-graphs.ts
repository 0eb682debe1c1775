/**
 * The part of a loss that is not linear in the step, as ONNX graphs for single precision: sums of terms that are all
 * positive and each correct to a few units in the last place. See PlacedMatrix.lossCurve; names as in graphs.ts.
 */
import { Builder, port, rows, shapes, weights, type FloatType } from './graphs.ts';
import type { Graph } from './model.ts';

/** "shared": weights S×m of all groups; "own": B×m, a row of them per group. */
export type Sharing = 'shared' | 'own';

/** Gauss–Legendre nodes and weights on [0, 1]. */
const GAUSS: Record<3 | 4 | 6, readonly (readonly [node: number, weight: number])[]> = {
  3: [
    [0.1127016653792583, 0.27777777777777785],
    [0.5, 0.4444444444444444],
    [0.8872983346207417, 0.27777777777777785],
  ],
  4: [
    [0.06943184420297371, 0.17392742256872679],
    [0.33000947820757187, 0.3260725774312732],
    [0.6699905217924281, 0.3260725774312732],
    [0.9305681557970262, 0.17392742256872679],
  ],
  6: [
    [0.03376524289842403, 0.08566224618958514],
    [0.16939530676686776, 0.18038078652406936],
    [0.38069040695840156, 0.23395696728634552],
    [0.6193095930415985, 0.23395696728634552],
    [0.8306046932331322, 0.18038078652406936],
    [0.9662347571015759, 0.08566224618958514],
  ],
};

/** Output L: the sums of `values` (B×m) over the rows, weighted; B×S or B×1. */
function weigh(b: Builder, values: string, sharing: Sharing): void {
  if (sharing === 'shared') b.op('Gemm', [values, 'weights'], { transB: 1 }, 'L');
  else b.op('ReduceSum', [b.mul(values, 'weights'), b.axes(1)], { keepdims: 1 }, 'L');
}

/**
 * a ∫₀¹ T/(1 + uT) dt with T = tanh(ta), by Gauss–Legendre: Δ∫(σ(z + tΔ) − σ(z))dt / 4σ′(z), a = Δ/2, u = 2σ(z) − 1.
 * The integrand's poles are π/|a| off the middle: with n nodes the relative error is about ρ⁻²ⁿ, ρ = π/|a| + √(π²/a² + 1).
 */
function logisticIntegral(b: Builder, a: string, nodes: 3 | 4 | 6): string {
  const terms = GAUSS[nodes].map(([node, weight]) => {
    const t = b.op('Tanh', [b.mul(a, b.number(node))]);
    return b.div(b.mul(t, b.number(weight)), b.add(b.mul('u', t), b.number(1)));
  });
  return b.mul(a, terms.reduce(b.add));
}

/**
 * Weighted sums of log(1 + q(e^Δ − 1)) − qΔ over 4σ′(z), which the weights carry. `half` = P/2. `largest` is the
 * largest |Δ|/2: it tells how many nodes are needed.
 */
export function logisticCurveGraph(type: FloatType, nodes: 3 | 4 | 6, sharing: Sharing): Graph {
  const b = new Builder(type);
  const a = b.op('Gemm', ['half', 'X'], { transB: 1 });
  b.op('ReduceMax', [b.op('Abs', [a])], { keepdims: 0 }, 'largest');
  weigh(b, logisticIntegral(b, a, nodes), sharing);
  return b.graph(
    'logistic-curve',
    [port(type, 'X', ['m', 'p']), port(type, 'half', ['B', 'p']), ...rows(type, 'u'), weights(type)],
    [port(type, 'L', ['B', 'S']), port(type, 'largest', [])],
  );
}

/** Beyond this |Δ|/2 the difference of logarithms no longer cancels. */
const FAR = 0.5;

/**
 * The same for steps of any size below overflow, with plain weights; `c` = 4σ′(z). Far from 0 as
 * log(1 + q(e^Δ − 1)) − qΔ itself, with the signs turned (the part is even in (z, Δ)) so that q = σ(−|z|) ≤ ½: `sign`, `q2` = 2q.
 */
export function wideLogisticCurveGraph(type: FloatType, sharing: Sharing): Graph {
  const b = new Builder(type);
  const a = b.op('Gemm', ['half', 'X'], { transB: 1 });
  const size = b.op('Abs', [a]);
  b.op('ReduceMax', [size], { keepdims: 0 }, 'largest');
  const near = b.mul('c', logisticIntegral(b, b.op('Clip', [a, b.number(-FAR), b.number(FAR)]), 4));
  const turned = b.mul(a, 'sign');
  const grown = b.mul(b.mul('q2', b.number(0.5)), b.sub(b.op('Exp', [b.add(turned, turned)]), b.number(1)));
  const far = b.sub(b.log1p(grown), b.mul('q2', turned));
  weigh(b, b.where(b.exceeds(size, FAR), far, near), sharing);
  return b.graph(
    'wide-logistic-curve',
    [port(type, 'X', ['m', 'p']), port(type, 'half', ['B', 'p']), ...rows(type, 'u', 'c', 'sign', 'q2'), weights(type)],
    [port(type, 'L', ['B', 'S']), port(type, 'largest', [])],
  );
}

/** e^v − 1 − v for |v| ≤ 1: v²(1/2! + v/3! + …), ten terms. */
function secondOrderExponential(b: Builder, v: string): string {
  let sum = b.number(1 / factorial(11));
  for (let order = 10; order >= 2; order--) sum = b.add(b.mul(sum, v), b.number(1 / factorial(order)));
  return b.mul(b.mul(v, v), sum);
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/**
 * Weighted sums of log Σ q e^v for softmax, v = Δ − Σ qΔ. Since Σ qv = 0 it is log1p(Σ q (e^v − 1 − v)), a sum of
 * positive terms. `largest` is the largest |v|: beyond 1 only the `wide` graph serves, beyond overflow nothing.
 */
export function softmaxCurveGraph(type: FloatType, wide: boolean, sharing: Sharing): Graph {
  const b = new Builder(type);
  const steps = b.op('Reshape', [b.margins(), 'cube']);
  const v = b.sub(steps, b.sumOverClasses(b.mul('q', steps)));
  const size = b.op('Abs', [v]);
  b.op('ReduceMax', [size], { keepdims: 0 }, 'largest');
  const near = secondOrderExponential(b, wide ? b.clip(v) : v);
  const grown = wide ? b.where(b.exceeds(size, 1), b.sub(b.sub(b.op('Exp', [v]), b.number(1)), v), near) : near;
  weigh(b, b.op('Reshape', [b.log1p(b.sumOverClasses(b.mul('q', grown))), 'flat']), sharing);
  return b.graph(
    wide ? 'wide-softmax-curve' : 'softmax-curve',
    [
      port(type, 'X', ['m', 'p']),
      port(type, 'P', ['C', 'p']),
      port(type, 'q', [1, 'K', 'm']),
      weights(type),
      ...shapes(),
    ],
    [port(type, 'L', ['B', 'S']), port(type, 'largest', [])],
  );
}
