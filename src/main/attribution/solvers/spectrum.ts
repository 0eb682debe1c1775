/** The ends of the spectrum of a symmetric operator: what damping and scale are chosen from. */
import type { Product, SolverWatch } from './linear-system.ts';
import { addScaled, dot, norm, randomDirection } from './vectors.ts';

export interface Spectrum {
  /** Largest eigenvalue, from below. */
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

const LANCZOS_STEPS = 60;

/**
 * Both ends by Lanczos's method with full reorthogonalisation: power iteration finds the smallest eigenvalue only as slowly as it
 * is apart from its neighbours, Krylov spaces find both ends at once.
 * @param start only eigenvalues that it has a part in are found: a gradient leaves out flat directions
 */
export async function spectrum(
  product: Product,
  length: number,
  { checkCancelled }: SolverWatch = {},
  start = randomDirection(length, 0, 'lanczos'),
): Promise<Spectrum> {
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  const scale = 1 / norm(start);
  let v = start.map((value) => scale * value);
  while (basis.length < Math.min(LANCZOS_STEPS, length)) {
    checkCancelled?.();
    basis.push(v);
    const w = await product(v);
    diagonal.push(dot(v, w));
    const size = norm(w);
    // Twice: once leaves the rounding of what was taken away.
    for (let pass = 0; pass < 2; pass++) for (const u of basis) addScaled(w, -dot(u, w), u);
    const rest = norm(w);
    if (rest <= 1e-12 * size) break;
    beside.push(rest);
    v = w.map((value) => value / rest);
  }
  const [smallest, largest] = tridiagonalEnds(diagonal, beside);
  return { largest, smallest, products: basis.length };
}

/** Smallest and largest eigenvalue of a symmetric tridiagonal matrix, by bisection on the number of negative pivots (Sturm). */
function tridiagonalEnds(diagonal: readonly number[], beside: readonly number[]): [number, number] {
  const k = diagonal.length;
  const radius = (i: number): number => (i > 0 ? beside[i - 1] : 0) + (i < k - 1 ? beside[i] : 0);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  diagonal.forEach((value, i) => {
    low = Math.min(low, value - radius(i));
    high = Math.max(high, value + radius(i));
  });
  const below = (x: number): number => {
    let count = 0;
    let pivot = 1;
    for (let i = 0; i < k; i++) {
      pivot = diagonal[i] - x - (i > 0 ? beside[i - 1] ** 2 / pivot : 0);
      if (pivot === 0) pivot = -1e-300;
      if (pivot < 0) count++;
    }
    return count;
  };
  const find = (wanted: number): number => {
    let [a, b] = [low, high];
    for (let round = 0; round < 100; round++) {
      const middle = (a + b) / 2;
      if (below(middle) >= wanted) b = middle;
      else a = middle;
    }
    return (a + b) / 2;
  };
  return [find(1), find(k)];
}

/** A condition number of at most this after automatic damping. */
const DAMPED_CONDITION = 1e4;

/** The smallest δ ≥ 0 with (σ_max + δ) ≤ 10⁴ (σ_min + δ), about: indefinite curvature becomes definite, a definite one stays as it is. */
export function automaticDamping({ largest, smallest }: Pick<Spectrum, 'largest' | 'smallest'>): number {
  return Math.max(0, largest / DAMPED_CONDITION - smallest);
}
