/**
 * Elementary functions of vectors of two float64, as WebAssembly code: e^x − 1 and log(1 + x), correct to a few units
 * in the last place. Methods: argument reduction by multiples of log 2 (Cody & Waite 1980), Taylor's series of the
 * exponential, and for the logarithm the series of atanh with the correction of the rounding of 1 + x (as in fdlibm).
 */
import {
  add,
  addBits,
  div,
  get,
  least,
  most,
  mul,
  mulAdd,
  mulSubtractFrom,
  set,
  shiftLeft,
  shiftRight,
  sub,
  subBits,
  type Code,
  type Frame,
} from './assembler.ts';

/** Arguments are limited to ± this: the exponential then neither overflows nor loses its digits to underflow. */
export const LARGEST_EXPONENT = 700;

/** 1.5 · 2⁵²: added and taken away again it rounds to an integer, which then stands in the lowest bits. */
const ROUNDER = 6_755_399_441_055_744;
/** 2⁵²: the numbers from here on are the integers. */
const WHOLE_NUMBERS = 2 ** 52;
const LOG2_HIGH = 6.9314718036912381649e-1;
const LOG2_LOW = 1.90821492927058770002e-10;
const TERMS = 13;

export interface Exponential {
  /** Leaves e^x in `exponential` and e^x − 1 in `change`. */
  code: Code;
  exponential: number;
  change: number;
}

/** @param x local that holds x; it is limited to ±LARGEST_EXPONENT in place */
export function exponentials(frame: Frame, x: number): Exponential {
  const [rounded, reduced, series, power, exponential, change] = frame.vectors(6);
  // e^r − 1 = r + r²(1/2! + r/3! + …), |r| ≤ log(2)/2
  let polynomial: Code = frame.twice(1 / factorial(TERMS));
  for (let n = TERMS - 1; n >= 2; n--) polynomial = mulAdd(polynomial, get(reduced), frame.twice(1 / factorial(n)));
  return {
    exponential,
    change,
    code: [
      ...set(x, most(least(get(x), frame.twice(LARGEST_EXPONENT)), frame.twice(-LARGEST_EXPONENT))),
      ...set(rounded, add(mul(get(x), frame.twice(Math.LOG2E)), frame.twice(ROUNDER))),
      // 2^k: k, shifted into the exponent of 1.
      ...set(power, addBits(shiftLeft(get(rounded), 52), frame.twice(1))),
      ...set(rounded, sub(get(rounded), frame.twice(ROUNDER))),
      ...set(reduced, mulSubtractFrom(get(rounded), frame.twice(LOG2_HIGH), get(x))),
      ...set(reduced, mulSubtractFrom(get(rounded), frame.twice(LOG2_LOW), get(reduced))),
      ...set(series, mulAdd(mul(get(reduced), get(reduced)), polynomial, get(reduced))),
      ...set(exponential, mulAdd(get(power), get(series), get(power))),
      ...set(change, mulAdd(get(power), get(series), sub(get(power), frame.twice(1)))),
    ],
  };
}

/** Of the series of log((1 + s)/(1 − s)) = 2s(1 + s²/3 + s⁴/5 + …), |s| ≤ 3 − 2√2: 3e-17 of it is left out. */
const ATANH_TERMS = 10;

/**
 * log(whole) + lost, for positive normal `whole`; code that leaves it on the stack. Near 1, `lost` makes good the
 * rounding of `whole` relative to itself, and the value is then correct relative to itself however small.
 */
export function logarithm(frame: Frame, whole: number, lost: number): Code {
  const [exponent, f, s, square, half] = frame.vectors(5);
  let series: Code = frame.twice(2 / (2 * ATANH_TERMS + 1));
  for (let n = ATANH_TERMS - 1; n >= 1; n--) series = mulAdd(series, get(square), frame.twice(2 / (2 * n + 1)));
  return [
    // whole = 2^k m, √½ ≤ m < √2: k + 1023 counted from the bits of √½ on.
    ...set(exponent, shiftRight(addBits(get(whole), subBits(frame.twice(1), frame.twice(Math.SQRT1_2))), 52)),
    ...set(f, sub(addBits(subBits(get(whole), shiftLeft(get(exponent), 52)), frame.twice(1)), frame.twice(1))),
    // The integer k + 1023 as a number: its bits in the lowest of WHOLE_NUMBERS'.
    ...set(exponent, sub(addBits(get(exponent), frame.twice(WHOLE_NUMBERS)), frame.twice(WHOLE_NUMBERS + 1023))),
    ...set(s, div(get(f), add(get(f), frame.twice(2)))),
    ...set(square, mul(get(s), get(s))),
    ...set(half, mul(mul(get(f), get(f)), frame.twice(0.5))),
    // log m = f − (f²/2 − s(f²/2 + s²·series))
    ...add(
      mul(get(exponent), frame.twice(LOG2_HIGH)),
      add(
        get(f),
        sub(
          mulAdd(
            get(s),
            mulAdd(get(square), series, get(half)),
            mulAdd(get(exponent), frame.twice(LOG2_LOW), get(lost)),
          ),
          get(half),
        ),
      ),
    ),
  ];
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
