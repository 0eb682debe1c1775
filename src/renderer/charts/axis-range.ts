/** Ranges and ticks of the comparison's axes: equal (both the same), free, or symlog (both the same). Pure. */
import { formatScientific } from '../../shared/format.ts';
import { symlog, symlogConstant, symlogTicks } from './symlog.ts';

export const AXIS_MODES = ['equal', 'free', 'symlog'] as const;
export type AxisMode = (typeof AXIS_MODES)[number];

/** An axis in drawing units: `place` maps a value to them. */
export interface Axis {
  minimum: number;
  maximum: number;
  /** In drawing units, ascending. */
  ticks: number[];
  labels: string[];
  /** Null for a linear axis. */
  constant: number | null;
}

export interface AxisPair {
  x: Axis;
  y: Axis;
}

export function place(axis: Axis, value: number): number {
  return axis.constant === null ? value : symlog(value, axis.constant);
}

/** Smallest and largest finite value, or null when there is none. */
export function extent(...columns: ArrayLike<number>[]): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const values of columns) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** 1, 2, 2.5 or 5 times a power of ten: the step that gives about `count` intervals over `span`. */
export function niceStep(span: number, count: number): number {
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const fraction = raw / power;
  const nice = fraction < 1.5 ? 1 : fraction < 2.25 ? 2 : fraction < 3.5 ? 2.5 : fraction < 7.5 ? 5 : 10;
  return nice * power;
}

/** A linear axis around `range`: a little air at both ends, zero always in view, ticks at round values. */
export function linearAxis(range: [number, number] | null, count = 5): Axis {
  let [low, high] = range ?? [-1, 1];
  low = Math.min(low, 0);
  high = Math.max(high, 0);
  // Also where the span is too small to be divided into steps.
  if (!(high - low > 1e-290)) [low, high] = [-1, 1];
  const air = (high - low) * 0.04;
  // Where all values lie on one side, zero still keeps a little distance from the frame.
  low -= low < 0 ? air : air / 2;
  high += high > 0 ? air : air / 2;
  const step = niceStep(high - low, count);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    ticks.push(k * step);
  }
  // 3 × 0.1 would otherwise carry its rounding into the label.
  const exact = ticks.map((tick) => Number(tick.toPrecision(12)) + 0);
  return {
    minimum: low,
    maximum: high,
    ticks: exact,
    labels: exact.map((tick) => tickLabel(tick, step)),
    constant: null,
  };
}

export function symlogAxis(range: [number, number] | null, constant: number, count = 6): Axis {
  const [low, high] = range ?? [-1, 1];
  const ticks = symlogTicks(Math.min(low, 0), Math.max(high, 0), constant, count);
  const from = symlog(Math.min(low, 0), constant);
  const to = symlog(Math.max(high, 0), constant);
  const air = Math.max(to - from, 1e-6) * 0.04;
  return {
    minimum: low < 0 ? from - air : from - air * 0.5,
    maximum: high > 0 ? to + air : to + air * 0.5,
    ticks: ticks.map((tick) => symlog(tick, constant)),
    labels: ticks.map((tick) => tickLabel(tick, Math.abs(tick))),
    constant,
  };
}

/** The axes of a panel. In `equal` and `symlog` x and y share one range, so that y = x is the diagonal. */
export function axisPair(xs: ArrayLike<number>, ys: ArrayLike<number>, mode: AxisMode): AxisPair {
  if (mode === 'free') return { x: linearAxis(extent(xs)), y: linearAxis(extent(ys)) };
  const both = extent(xs, ys);
  const axis = mode === 'equal' ? linearAxis(both) : symlogAxis(both, symlogConstant(ys.length > 0 ? ys : xs));
  return { x: axis, y: axis };
}

/** A label short enough for a tick: 0.5, −10, 5k, 2e−5. `step` says how fine it must be. */
export function tickLabel(value: number, step: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  if (size >= 1e6 || step < 0.9e-4) return formatScientific(value, 3);
  if (size >= 1000 && step >= 100) return `${sign}${Number((size / 1000).toFixed(2))}k`;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const text = size.toFixed(Math.min(decimals + 1, 8));
  return sign + (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
}
