/** The kernel's element-wise middles of one logit: see ProductKernel for their formulas. */
import {
  abs,
  advance,
  anyTrue,
  constant,
  div,
  Frame,
  get,
  greater,
  loadTwice,
  loadTwo,
  most,
  mul,
  mulAdd,
  type NumberTable,
  plus,
  select,
  set,
  storeTwo,
  sub,
  when,
  whileLess,
  ZERO_TWICE,
  type Code,
  type FunctionCode,
} from './assembler.ts';
import { exponentials, logarithm } from './elementary.ts';

/**
 * Steps up to here are near enough for a series: its radius is π and more, and with so many terms what is left out is
 * below 1e-13 of the first.
 */
export const SERIES_REACH = 0.4;
export const SERIES_TERMS = 15;
/** Numbers of a row's sides: two probabilities, the coefficients, a sign. */
export const SIDES = 2 + SERIES_TERMS + 1;
const SIGN_AT = 8 * (SIDES - 1);
/** Vectors that a series is summed for at a time: as many columns as a panel's step. */
const SIDE_BY_SIDE = 4;

interface RowWise {
  panel: number;
  sides: number;
  rows: number;
  stride: number;
  largest: number;
}

/**
 * Goes through a panel row by row: `near` for eight columns at a time in rows whose steps are all within the reach of
 * the series, `far` for two.
 * @param at local that holds the byte offset of the columns from the panel's start
 */
function eachRow(
  frame: Frame,
  { panel, sides, rows, stride, largest }: RowWise,
  row: Code,
  near: (at: number) => Code,
  far: (at: number) => Code,
): Code {
  const [index, at, start, end] = [frame.integer(), frame.integer(), frame.integer(), frame.integer()];
  const [rowLargest, overall] = frame.vectors(2);
  const columns = (bytes: number, body: Code): Code => [
    ...set(at, get(start)),
    ...whileLess(at, end, [...body, ...advance(at, constant(bytes))]),
  ];
  const noteStep = (offset: number): Code =>
    set(rowLargest, most(get(rowLargest), abs(loadTwo(plus(get(panel), get(at)), offset))));
  return [
    ...set(overall, loadTwo(get(largest))),
    ...set(index, constant(0)),
    ...set(start, constant(0)),
    ...whileLess(index, rows, [
      ...set(end, plus(get(start), get(stride))),
      ...set(rowLargest, ZERO_TWICE),
      ...columns(
        64,
        [0, 16, 32, 48].flatMap((offset) => [...noteStep(offset)]),
      ),
      ...set(overall, most(get(overall), get(rowLargest))),
      ...row,
      ...when(
        anyTrue(greater(get(rowLargest), frame.twice(SERIES_REACH))),
        columns(16, far(at)),
        columns(64, near(at)),
      ),
      ...advance(sides, constant(8 * SIDES)),
      ...set(start, get(end)),
      ...advance(index, constant(1)),
    ]),
    ...storeTwo(get(largest), get(overall)),
  ];
}

/** For eight columns: `sums` become Σ coefficientₖ xᵏ⁻¹, and `slopes` its derivative where given. */
function series(sides: number, coefficient: number, x: number[], sums: number[], slopes: number[]): Code {
  const load = (term: number): Code => set(coefficient, loadTwice(get(sides), 8 * (1 + term)));
  return [
    ...load(SERIES_TERMS),
    ...sums.flatMap((sum) => set(sum, get(coefficient))),
    ...slopes.flatMap((slope) => set(slope, ZERO_TWICE)),
    ...Array.from({ length: SERIES_TERMS - 1 }, (_, i) => SERIES_TERMS - 1 - i).flatMap((term) => [
      ...load(term),
      ...slopes.flatMap((slope, c) => set(slope, mulAdd(get(slope), get(x[c]), get(sums[c])))),
      ...sums.flatMap((sum, c) => set(sum, mulAdd(get(sum), get(x[c]), get(coefficient)))),
    ]),
  ];
}

export function logisticGradient(numbers: NumberTable): FunctionCode {
  const frame = new Frame(7, numbers);
  const [panel, sides, keep, hold, rows, stride, largest] = [0, 1, 2, 3, 4, 5, 6];
  const [x, q, r, slope, inverse, weighted, coefficient] = frame.vectors(7);
  const steps = frame.vectors(SIDE_BY_SIDE);
  const sums = frame.vectors(SIDE_BY_SIDE);
  const slopes = frame.vectors(SIDE_BY_SIDE);
  const { code, exponential, change } = exponentials(frame, x);
  const row = [
    ...set(q, loadTwice(get(sides))),
    ...set(r, loadTwice(get(sides), 8)),
    ...set(slope, mul(get(q), get(r))),
  ];
  const near = (at: number): Code => [
    ...steps.flatMap((step, c) => set(step, loadTwo(plus(get(panel), get(at)), 16 * c))),
    ...when(
      get(hold),
      [
        ...series(sides, coefficient, steps, sums, slopes),
        // The derivative of x · sum.
        ...slopes.flatMap((held, c) => set(held, mulAdd(get(held), get(steps[c]), get(sums[c])))),
        // Read before it is written: `hold` may be `keep`.
        ...sums.flatMap((sum, c) => [
          ...set(weighted, loadTwo(plus(get(keep), get(at)), 16 * c)),
          ...storeTwo(plus(get(panel), get(at)), mul(get(weighted), mul(get(sum), get(steps[c]))), 16 * c),
          ...storeTwo(plus(get(hold), get(at)), mul(get(weighted), get(slopes[c])), 16 * c),
        ]),
      ],
      [
        ...series(sides, coefficient, steps, sums, []),
        ...sums.flatMap((sum, c) =>
          storeTwo(
            plus(get(panel), get(at)),
            mul(loadTwo(plus(get(keep), get(at)), 16 * c), mul(get(sum), get(steps[c]))),
            16 * c,
          ),
        ),
      ],
    ),
  ];
  const far = (at: number): Code => [
    ...set(x, loadTwo(plus(get(panel), get(at)))),
    ...code,
    ...set(inverse, div(frame.twice(1), mulAdd(get(q), get(exponential), get(r)))),
    ...set(weighted, mul(loadTwo(plus(get(keep), get(at))), mul(get(slope), get(inverse)))),
    ...storeTwo(plus(get(panel), get(at)), mul(get(weighted), get(change))),
    ...when(get(hold), storeTwo(plus(get(hold), get(at)), mul(get(weighted), mul(get(exponential), get(inverse))))),
  ];
  return {
    name: 'logisticGradient',
    frame,
    body: eachRow(frame, { panel, sides, rows, stride, largest }, row, near, far),
  };
}

export function logisticLoss(numbers: NumberTable): FunctionCode {
  const frame = new Frame(5, numbers);
  const [panel, sides, rows, stride, largest] = [0, 1, 2, 3, 4];
  const [x, sign, wrong, right, whole, grown, lost, coefficient] = frame.vectors(8);
  const steps = frame.vectors(SIDE_BY_SIDE);
  const sums = frame.vectors(SIDE_BY_SIDE);
  const { code, exponential, change } = exponentials(frame, x);
  const row = [
    ...set(wrong, loadTwice(get(sides))),
    ...set(right, loadTwice(get(sides), 8)),
    ...set(sign, loadTwice(get(sides), SIGN_AT)),
  ];
  const near = (at: number): Code => [
    ...steps.flatMap((step, c) => set(step, loadTwo(plus(get(panel), get(at)), 16 * c))),
    ...series(sides, coefficient, steps, sums, []),
    ...sums.flatMap((sum, c) => storeTwo(plus(get(panel), get(at)), mul(get(sum), get(steps[c])), 16 * c)),
  ];
  const far = (at: number): Code => [
    ...set(x, mul(loadTwo(plus(get(panel), get(at))), get(sign))),
    ...code,
    ...set(whole, mulAdd(get(wrong), get(exponential), get(right))),
    ...set(grown, mul(get(wrong), get(change))),
    // Near 1 the rounding of 1 + grown is made good; elsewhere `whole` is accurate by itself.
    ...set(
      lost,
      select(ZERO_TWICE, sub(get(grown), sub(get(whole), frame.twice(1))), greater(abs(get(grown)), frame.twice(0.5))),
    ),
    ...storeTwo(plus(get(panel), get(at)), logarithm(frame, whole, lost)),
  ];
  return { name: 'logisticLoss', frame, body: eachRow(frame, { panel, sides, rows, stride, largest }, row, near, far) };
}
