/** Activations φ with their first and second derivatives, element by element. */
import type { Activation } from './architecture.ts';

export interface ActivationFunction {
  value(x: number): number;
  first(x: number): number;
  second(x: number): number;
}

/** √(2/π) and the cubic's coefficient of GELU's tanh form. */
export const GELU_SCALE = Math.sqrt(2 / Math.PI);
export const GELU_CUBIC = 0.044715;

/**
 * ReLU's derivatives at 0 are taken as 0, and its second derivative is 0 everywhere else.
 * GELU is the tanh form ½x(1 + tanh(√(2/π)(x + 0.044715x³))) (Hendrycks & Gimpel 2016, section 2), within 5e-4 of xΦ(x).
 */
export const ACTIVATIONS: Readonly<Record<Activation, ActivationFunction>> = {
  relu: { value: (x) => (x > 0 ? x : 0), first: (x) => (x > 0 ? 1 : 0), second: () => 0 },
  tanh: {
    value: Math.tanh,
    first: (x) => 1 - Math.tanh(x) ** 2,
    second: (x) => {
      const t = Math.tanh(x);
      return -2 * t * (1 - t * t);
    },
  },
  gelu: {
    value: (x) => 0.5 * x * (1 + Math.tanh(inner(x))),
    first: (x) => {
      const t = Math.tanh(inner(x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope(x);
    },
    // With u the inner cubic and t = tanh u: (1 − t²)u′ + ½x(1 − t²)(u″ − 2tu′²)
    second: (x) => {
      const t = Math.tanh(inner(x));
      const u1 = slope(x);
      return (1 - t * t) * (u1 + 0.5 * x * (6 * GELU_CUBIC * GELU_SCALE * x - 2 * t * u1 * u1));
    },
  },
};

function inner(x: number): number {
  return GELU_SCALE * (x + GELU_CUBIC * x ** 3);
}

function slope(x: number): number {
  return GELU_SCALE * (1 + 3 * GELU_CUBIC * x * x);
}
