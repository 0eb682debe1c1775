/** The ends of the spectrum of a symmetric operator, by power iteration: what damping and scale are chosen from. */
import type { Product, SolverWatch } from './linear-system.ts';
import { dot, norm, randomDirection } from './vectors.ts';

export interface Spectrum {
  /** Largest eigenvalue, from below (Rayleigh quotient). */
  largest: number;
  /** Smallest eigenvalue, from above. */
  smallest: number;
  /** Products used. */
  products: number;
}

const RELATIVE_CHANGE = 1e-3;
const MOST_PRODUCTS = 100;

/** Power iteration to the eigenvalue of largest size; stops when its Rayleigh quotient changes by less than 0.1 %. */
export async function dominantEigenvalue(
  product: Product,
  length: number,
  { checkCancelled }: SolverWatch = {},
  most = MOST_PRODUCTS,
): Promise<{ value: number; products: number }> {
  let v = randomDirection(length, 0, 'power-iteration');
  let value = 0;
  for (let products = 1; ; products++) {
    checkCancelled?.();
    const Av = await product(v);
    const next = dot(v, Av);
    const size = norm(Av);
    if (size === 0) return { value: 0, products };
    const settled = products > 5 && Math.abs(next - value) <= RELATIVE_CHANGE * Math.abs(next);
    value = next;
    if (settled || products >= most) return { value, products };
    v = Av.map((entry) => entry / size);
  }
}

/** Both ends: the second by power iteration on the operator shifted by the first. */
export async function spectrum(product: Product, length: number, watch: SolverWatch = {}): Promise<Spectrum> {
  const first = await dominantEigenvalue(product, length, watch);
  const shifted: Product = async (v) => {
    const Av = await product(v);
    for (let j = 0; j < Av.length; j++) Av[j] -= first.value * v[j];
    return Av;
  };
  const second = await dominantEigenvalue(shifted, length, watch);
  const other = first.value + second.value;
  return {
    largest: Math.max(first.value, other),
    smallest: Math.min(first.value, other),
    products: first.products + second.products,
  };
}

/** A condition number of at most this after automatic damping. */
const DAMPED_CONDITION = 1e4;

/** The smallest δ ≥ 0 with (σ_max + δ) ≤ 10⁴ (σ_min + δ), about: indefinite curvature becomes definite, a definite one stays as it is. */
export function automaticDamping({ largest, smallest }: Pick<Spectrum, 'largest' | 'smallest'>): number {
  return Math.max(0, largest / DAMPED_CONDITION - smallest);
}
