/**
 * Seeded random numbers of the groups. Every purpose (a constructor, a test point and sign, a
 * clustering) draws from a stream of its own, named by a path: asking for fewer constructors, or in
 * another order, changes none of the others. Integer arithmetic only, so the same on every machine.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export interface RandomStream {
  /** Uniform on 0…bound − 1. */
  below(bound: number): number;
  /** Uniform on [0, 1), 53 bits. */
  unit(): number;
  /** `size` entries of `pool`, uniformly without replacement, ascending. */
  sample(pool: Int32Array, size: number): Int32Array;
}

/** The stream of `seed` (any integer) called `names`. */
export function openStream(seed: number, ...names: readonly (string | number)[]): RandomStream {
  const generator = xoroshiro128plusFromState(stateOf([seed, ...names].join('/')));
  const below = (bound: number): number => uniformInt(generator, 0, bound - 1);
  return {
    below,
    unit: () => uniformFloat64(generator),
    sample(pool, size) {
      // The first `size` steps of a Fisher–Yates shuffle.
      const shuffled = Int32Array.from(pool);
      for (let i = 0; i < size; i++) {
        const j = i + below(shuffled.length - i);
        const chosen = shuffled[j];
        shuffled[j] = shuffled[i];
        shuffled[i] = chosen;
      }
      return shuffled.subarray(0, size).slice().sort();
    },
  };
}

/** 0, 1, …, count − 1. */
export function allRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row);
}

/** Four 32-bit words of `text`: FNV-1a from four offsets, each finished by MurmurHash3's mixer. */
function stateOf(text: string): number[] {
  const state = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b].map((offset) => {
    let hash = offset;
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ (text.charCodeAt(i) & 0xff), 0x01000193);
      hash = Math.imul(hash ^ (text.charCodeAt(i) >>> 8), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  });
  // The all-zero state is the one the generator can not leave.
  return state.some((word) => word !== 0) ? state : [1, 2, 3, 4];
}
