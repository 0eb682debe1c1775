/**
 * The fused products as ONNX graphs: matrix product, element-wise middle, matrix product.
 * Formulas as in ../stable-change.ts; layout as in ../device.ts (group-major).
 *
 * Names: X block of rows m×p · P parameter vectors C×p · z base logits · q base
 * probabilities · keep weights of the rows that stay · H what is held for curvature.
 */
import type { Constant, ElementType, Graph, Node, Port } from './model.ts';

export type FloatType = 'float32' | 'float64';

/** Collects nodes; every method appends one operation and returns the name of its output. */
export class Builder {
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];
  private readonly type: FloatType;

  constructor(type: FloatType) {
    this.type = type;
  }

  op(op: string, inputs: string[], attributes?: Node['attributes'], output = `t${this.nodes.length}`): string {
    this.nodes.push(
      attributes === undefined ? { op, inputs, outputs: [output] } : { op, inputs, outputs: [output], attributes },
    );
    return output;
  }

  number(value: number): string {
    return this.constant(this.type, [], [value]);
  }

  axes(...axes: number[]): string {
    return this.constant('int64', [axes.length], axes);
  }

  private constant(type: ElementType, shape: number[], data: number[]): string {
    const name = `c${this.constants.length}`;
    this.constants.push({ name, type, shape, data });
    return name;
  }

  add = (a: string, b: string): string => this.op('Add', [a, b]);
  sub = (a: string, b: string): string => this.op('Sub', [a, b]);
  mul = (a: string, b: string): string => this.op('Mul', [a, b]);
  div = (a: string, b: string): string => this.op('Div', [a, b]);
  where = (condition: string, a: string, b: string): string => this.op('Where', [condition, a, b]);
  exceeds = (a: string, value: number): string => this.op('Greater', [a, this.number(value)]);

  /** P·Xᵀ */
  margins = (): string => this.op('Gemm', ['P', 'X'], { transB: 1 });

  sumOverClasses = (a: string): string => this.op('ReduceSum', [a, this.axes(1)], { keepdims: 1 });
  maxOverClasses = (a: string): string => this.op('ReduceMax', [a], { axes: [1], keepdims: 1 });

  /** expm1 for |x| ≤ 1: 2t / (1 − t), t = tanh(x/2). */
  expm1(x: string): string {
    const t = this.op('Tanh', [this.mul(x, this.number(0.5))]);
    return this.div(this.mul(t, this.number(2)), this.sub(this.number(1), t));
  }

  /** log1p without cancellation: x·log(u)/(u − 1) with u = 1 + x (Kahan). */
  log1p(x: string): string {
    const u = this.add(x, this.number(1));
    const isOne = this.op('Equal', [u, this.number(1)]);
    const scaled = this.div(this.mul(x, this.op('Log', [u])), this.sub(u, this.number(1)));
    return this.where(isOne, x, scaled);
  }

  /** Limits to [−1, 1], so that the unused branch of a Where neither overflows nor warns. */
  clip = (x: string): string => this.op('Clip', [x, this.number(-1), this.number(1)]);

  graph(name: string, inputs: Port[], outputs: Port[]): Graph {
    return { name, nodes: this.nodes, constants: this.constants, inputs, outputs };
  }
}

/** Σ over the classes and the quantities that the softmax change is made of. */
function softmaxParts(b: Builder, steps: string): { large: string; mean: string; centred: string; second: string } {
  const mean = b.sumOverClasses(b.mul('q', steps));
  const v = b.sub(steps, mean);
  const large = b.exceeds(b.maxOverClasses(b.op('Abs', [v])), 1);
  const centred = b.expm1(b.clip(v));
  return { large, mean, centred, second: b.sumOverClasses(b.mul('q', centred)) };
}

/** Exponentials of z + Δ shifted by their maximum, their sum and the shift. */
function shiftedExponentials(b: Builder, steps: string): { top: string; exponentials: string; sum: string } {
  const moved = b.add(steps, 'z');
  const top = b.maxOverClasses(moved);
  const exponentials = b.op('Exp', [b.sub(moved, top)]);
  return { top, exponentials, sum: b.sumOverClasses(exponentials) };
}

export function marginsGraph(type: FloatType): Graph {
  const b = new Builder(type);
  b.op('Gemm', ['P', 'X'], { transB: 1 }, 'Z');
  return b.graph('margins', [port(type, 'X', ['m', 'p']), port(type, 'P', ['C', 'p'])], [port(type, 'Z', ['C', 'm'])]);
}

export function combineGraph(type: FloatType): Graph {
  const b = new Builder(type);
  b.op('MatMul', ['R', 'X'], undefined, 'G');
  return b.graph('combine', [port(type, 'X', ['m', 'p']), port(type, 'R', ['C', 'm'])], [port(type, 'G', ['C', 'p'])]);
}

/** Xᵀ diag(v) X. */
export function gramGraph(type: FloatType): Graph {
  const b = new Builder(type);
  b.op('Gemm', ['X', b.mul('X', 'v')], { transA: 1 }, 'G');
  return b.graph('gram', [port(type, 'X', ['m', 'p']), port(type, 'v', ['m', 1])], [port(type, 'G', ['p', 'p'])]);
}

/** G = (keep ∘ (σ(z + PXᵀ) − σ(z)))·X and, to `hold`, H = keep ∘ σ′(z + PXᵀ). q = σ(z), r = σ(−z). */
export function logisticGradientGraph(type: FloatType, hold: boolean): Graph {
  const b = new Builder(type);
  const steps = b.margins();
  const size = b.op('Abs', [steps]);
  const t = b.op('Tanh', [b.mul(steps, b.number(0.5))]);
  const ahead = b.where(b.exceeds(steps, 0), 'q', 'r');
  const denominator = b.add(b.op('Sigmoid', [b.op('Neg', [size])]), b.mul(ahead, b.op('Abs', [t])));
  const small = b.div(b.mul(t, b.mul('q', 'r')), denominator);
  const direct = b.sub(b.op('Sigmoid', [b.add(steps, 'z')]), 'q');
  const change = b.where(b.exceeds(size, 1), direct, small);
  b.op('MatMul', [b.mul('keep', change), 'X'], undefined, 'G');
  if (hold) {
    const held = b.mul(b.add('q', change), b.sub('r', change));
    b.op('Mul', ['keep', b.op('Max', [held, b.number(0)])], undefined, 'H');
  }
  return b.graph(
    'logistic-gradient',
    [
      port(type, 'X', ['m', 'p']),
      port(type, 'P', ['B', 'p']),
      ...rows(type, 'z', 'q', 'r'),
      port(type, 'keep', ['B', 'm']),
    ],
    [port(type, 'G', ['B', 'p']), ...(hold ? [port(type, 'H', ['B', 'm'])] : [])],
  );
}

/**
 * The same for steps that stay clear of saturation, with one transcendental function per element:
 * with t = tanh(Δ/2), u = 2σ(z) − 1 and e = 1 + ut,
 * σ(z + Δ) − σ(z) = 2 σ′(z) t / e and σ′(z + Δ) = σ′(z) (1 − t²) / e².
 * `half` = P/2, `C` = keep ∘ σ′(z); G comes out halved. `least` is the smallest e: near 0 digits are lost
 * and logisticGradientGraph is to be used.
 */
export function quickLogisticGradientGraph(type: FloatType, hold: boolean): Graph {
  const b = new Builder(type);
  const t = b.op('Tanh', [b.op('Gemm', ['half', 'X'], { transB: 1 })]);
  const e = b.add(b.mul('u', t), b.number(1));
  b.op('ReduceMin', [e], { keepdims: 0 }, 'least');
  b.op('MatMul', [b.mul('C', b.div(t, e)), 'X'], undefined, 'G');
  if (hold) {
    const slope = b.div(b.sub(b.number(1), b.mul(t, t)), b.mul(e, e));
    b.op('Mul', ['C', slope], undefined, 'H');
  }
  return b.graph(
    'quick-logistic-gradient',
    [port(type, 'X', ['m', 'p']), port(type, 'half', ['B', 'p']), ...rows(type, 'u'), port(type, 'C', ['B', 'm'])],
    [port(type, 'G', ['B', 'p']), ...(hold ? [port(type, 'H', ['B', 'm'])] : []), port(type, 'least', [])],
  );
}

/** G = (H ∘ (PXᵀ))·X. */
export function logisticCurvatureGraph(type: FloatType): Graph {
  const b = new Builder(type);
  b.op('MatMul', [b.mul('H', b.margins()), 'X'], undefined, 'G');
  return b.graph(
    'logistic-curvature',
    [port(type, 'X', ['m', 'p']), port(type, 'P', ['B', 'p']), port(type, 'H', ['B', 'm'])],
    [port(type, 'G', ['B', 'p'])],
  );
}

/** G = (keep ∘ (softmax(z + PXᵀ) − softmax(z)))·X and H = softmax(z + PXᵀ). `cube` = [B, K, m], `flat` = [B·K, m]. */
export function softmaxGradientGraph(type: FloatType, hold: boolean): Graph {
  const b = new Builder(type);
  const steps = b.op('Reshape', [b.margins(), 'cube']);
  const { large, centred, second } = softmaxParts(b, steps);
  const small = b.div(b.mul('q', b.sub(centred, second)), b.add(second, b.number(1)));
  const { exponentials, sum } = shiftedExponentials(b, steps);
  const held = hold ? b.op('Div', [exponentials, sum], undefined, 'H') : b.div(exponentials, sum);
  const change = b.where(large, b.sub(held, 'q'), small);
  b.op('MatMul', [b.op('Reshape', [b.mul('keep', change), 'flat']), 'X'], undefined, 'G');
  return b.graph(
    'softmax-gradient',
    [
      port(type, 'X', ['m', 'p']),
      port(type, 'P', ['C', 'p']),
      ...cubes(type),
      port(type, 'keep', ['B', 1, 'm']),
      ...shapes(),
    ],
    [port(type, 'G', ['C', 'p']), ...(hold ? [port(type, 'H', ['B', 'K', 'm'])] : [])],
  );
}

/** The same for steps that stay small: no exponential of the shifted logits. `largest` is the largest centred step. */
export function quickSoftmaxGradientGraph(type: FloatType, hold: boolean): Graph {
  const b = new Builder(type);
  const steps = b.op('Reshape', [b.margins(), 'cube']);
  const v = b.sub(steps, b.sumOverClasses(b.mul('q', steps)));
  b.op('ReduceMax', [b.op('Abs', [v])], { keepdims: 0 }, 'largest');
  const centred = b.expm1(v);
  const second = b.sumOverClasses(b.mul('q', centred));
  const change = b.mul('q', b.div(b.sub(centred, second), b.add(second, b.number(1))));
  if (hold) b.op('Add', ['q', change], undefined, 'H');
  b.op('MatMul', [b.op('Reshape', [b.mul('keep', change), 'flat']), 'X'], undefined, 'G');
  return b.graph(
    'quick-softmax-gradient',
    [
      port(type, 'X', ['m', 'p']),
      port(type, 'P', ['C', 'p']),
      port(type, 'q', [1, 'K', 'm']),
      port(type, 'keep', ['B', 1, 'm']),
      ...shapes(),
    ],
    [port(type, 'G', ['C', 'p']), ...(hold ? [port(type, 'H', ['B', 'K', 'm'])] : []), port(type, 'largest', [])],
  );
}

/** G = (keep ∘ H ∘ (U − Σ H U))·X with U = PXᵀ. */
export function softmaxCurvatureGraph(type: FloatType): Graph {
  const b = new Builder(type);
  const moved = b.op('Reshape', [b.margins(), 'cube']);
  const centred = b.sub(moved, b.sumOverClasses(b.mul('H', moved)));
  const weighted = b.mul(b.mul('keep', 'H'), centred);
  b.op('MatMul', [b.op('Reshape', [weighted, 'flat']), 'X'], undefined, 'G');
  return b.graph(
    'softmax-curvature',
    [
      port(type, 'X', ['m', 'p']),
      port(type, 'P', ['C', 'p']),
      port(type, 'H', ['B', 'K', 'm']),
      port(type, 'keep', ['B', 1, 'm']),
      ...shapes(),
    ],
    [port(type, 'G', ['C', 'p'])],
  );
}

/**
 * Weighted change of the logistic loss log(1 + e⁻ᵐ), m = sign·z, without cancellation.
 * `wrong` = σ(−m), `before` = log(1 + e⁻ᵐ).
 */
export function logisticLossGraph(type: FloatType): Graph {
  const b = new Builder(type);
  const steps = b.mul(b.margins(), 'sign');
  const small = b.log1p(b.mul('wrong', b.expm1(b.op('Neg', [b.clip(steps)]))));
  const negative = b.op('Neg', [b.add(steps, 'margin')]);
  const tail = b.op('Log', [b.add(b.op('Exp', [b.op('Neg', [b.op('Abs', [negative])])]), b.number(1))]);
  const after = b.add(b.op('Max', [negative, b.number(0)]), tail);
  const change = b.where(b.exceeds(b.op('Abs', [steps]), 1), b.sub(after, 'before'), small);
  b.op('Gemm', [change, 'weights'], { transB: 1 }, 'L');
  return b.graph(
    'logistic-loss',
    [
      port(type, 'X', ['m', 'p']),
      port(type, 'P', ['B', 'p']),
      ...rows(type, 'sign', 'margin', 'wrong', 'before'),
      weights(type),
    ],
    [port(type, 'L', ['B', 'S'])],
  );
}

/** Weighted change of the softmax loss. `own` = one-hot labels 1×K×m, `before` = log Σ eᶻ (1×1×m), `flat` = [B, m]. */
export function softmaxLossGraph(type: FloatType): Graph {
  const b = new Builder(type);
  const steps = b.op('Reshape', [b.margins(), 'cube']);
  const { large, mean, second } = softmaxParts(b, steps);
  const small = b.add(mean, b.log1p(second));
  const { top, sum } = shiftedExponentials(b, steps);
  const direct = b.sub(b.add(top, b.op('Log', [sum])), 'before');
  const ownStep = b.sumOverClasses(b.mul(steps, 'own'));
  const change = b.sub(b.where(large, direct, small), ownStep);
  b.op('Gemm', [b.op('Reshape', [change, 'flat']), 'weights'], { transB: 1 }, 'L');
  return b.graph(
    'softmax-loss',
    [
      port(type, 'X', ['m', 'p']),
      port(type, 'P', ['C', 'p']),
      ...cubes(type),
      port(type, 'own', [1, 'K', 'm']),
      port(type, 'before', [1, 1, 'm']),
      weights(type),
      ...shapes(),
    ],
    [port(type, 'L', ['B', 'S'])],
  );
}

/**
 * Weighted change of the part of the loss that is not linear in the step, log(σ(−z) + σ(z) e^Δ) = log1p(σ(z) expm1(Δ)),
 * for steps short of saturation. `half` = P/2, `q2` = 2σ(z). `largest` is the largest |tanh(Δ/2)|: near 1 digits are
 * lost and logisticLossGraph is to be used.
 */
export function quickLogisticLossGraph(type: FloatType): Graph {
  const b = new Builder(type);
  const t = b.op('Tanh', [b.op('Gemm', ['half', 'X'], { transB: 1 })]);
  b.op('ReduceMax', [b.op('Abs', [t])], { keepdims: 0 }, 'largest');
  const grown = b.mul('q2', b.div(t, b.sub(b.number(1), t)));
  b.op('Gemm', [b.log1p(grown), 'weights'], { transB: 1 }, 'L');
  return b.graph(
    'quick-logistic-loss',
    [port(type, 'X', ['m', 'p']), port(type, 'half', ['B', 'p']), ...rows(type, 'q2'), weights(type)],
    [port(type, 'L', ['B', 'S']), port(type, 'largest', [])],
  );
}

export function multiplyGraph(type: FloatType, transposeB: boolean): Graph {
  const b = new Builder(type);
  if (transposeB) b.op('Gemm', ['A', 'B'], { transB: 1 }, 'C');
  else b.op('MatMul', ['A', 'B'], undefined, 'C');
  return b.graph(
    'multiply',
    [port(type, 'A', ['m', 'k']), port(type, 'B', ['b0', 'b1'])],
    [port(type, 'C', ['m', 'n'])],
  );
}

export function port(type: ElementType, name: string, shape: (string | number)[]): Port {
  return { name, type, shape };
}

export const rows = (type: FloatType, ...names: string[]): Port[] => names.map((name) => port(type, name, [1, 'm']));
const cubes = (type: FloatType): Port[] => [port(type, 'z', [1, 'K', 'm']), port(type, 'q', [1, 'K', 'm'])];
export const shapes = (): Port[] => [port('int64', 'cube', [3]), port('int64', 'flat', [2])];
export const weights = (type: FloatType): Port => port(type, 'weights', ['S', 'm']);
