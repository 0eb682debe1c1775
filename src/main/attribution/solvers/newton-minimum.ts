/** Minimum of a smooth function near a starting point: Newton steps by conjugate gradients, each shortened until the value falls. */
import { conjugateGradients } from './conjugate-gradients.ts';
import type { Product } from './linear-system.ts';
import { dot, norm, sum } from './vectors.ts';

export interface SmoothFunction {
  value(theta: Float64Array): Promise<number>;
  gradient(theta: Float64Array): Promise<Float64Array>;
  /** A positive semi-definite curvature at θ (the Hessian where convex, else Gauss–Newton). */
  curvature(theta: Float64Array): Product;
}

export interface Minimum {
  theta: Float64Array;
  gradientNorm: number;
  steps: number;
  converged: boolean;
}

const SUFFICIENT = 1e-4;
const SHORTEST = 1e-6;

/** @param goal on ‖∇‖ */
export async function newtonMinimum(
  f: SmoothFunction,
  start: Float64Array,
  { goal, maximumSteps, checkCancelled }: { goal: number; maximumSteps: number; checkCancelled?(): void },
): Promise<Minimum> {
  let theta = start;
  let value = await f.value(theta);
  let gradient = await f.gradient(theta);
  let steps = 0;
  while (steps < maximumSteps && norm(gradient) > goal) {
    checkCancelled?.();
    steps++;
    const product = f.curvature(theta);
    const tolerance = Math.min(0.1, Math.max(1e-10, norm(gradient)));
    const control = { tolerance, maximumIterations: Math.max(50, 2 * theta.length), checkCancelled };
    const { x } = await conjugateGradients(product, gradient, control);
    const slope = dot(gradient, x);
    let moved: Float64Array | null = null;
    for (let c = 1; c >= SHORTEST; c /= 2) {
      const trial = sum(theta, -c, x);
      const trialValue = await f.value(trial);
      const trialGradient = await f.gradient(trial);
      // Near the minimum the value's own rounding hides the fall: there a shorter gradient counts.
      const falls = trialValue <= value - SUFFICIENT * c * slope;
      const rounded = Math.abs(trialValue - value) <= 1e-12 * Math.abs(value) && norm(trialGradient) < norm(gradient);
      if (!falls && !rounded) continue;
      [moved, value, gradient] = [trial, trialValue, trialGradient];
      break;
    }
    if (moved === null) break;
    theta = moved;
  }
  const gradientNorm = norm(gradient);
  return { theta, gradientNorm, steps, converged: gradientNorm <= goal };
}
