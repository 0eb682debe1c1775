import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  axisPair,
  extent,
  linearAxis,
  niceStep,
  place,
  symlogAxis,
  tickLabel,
} from '../../../src/renderer/charts/axis-range.ts';
import { symlog, symlogConstant, symlogInverse, symlogTicks } from '../../../src/renderer/charts/symlog.ts';

const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true });

describe('ranges', () => {
  it('ignore what is not finite', () => {
    expect(extent([NaN, 3, -Infinity], [1, Infinity])).toEqual([1, 3]);
    expect(extent([NaN], [])).toBeNull();
  });

  it('hold every value and zero', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), (values) => {
        const axis = linearAxis(extent(values));
        expect(Math.min(0, ...values)).toBeGreaterThanOrEqual(axis.minimum);
        expect(Math.max(0, ...values)).toBeLessThanOrEqual(axis.maximum);
        expect(axis.minimum).toBeLessThan(axis.maximum);
      }),
    );
  });

  it('are the same on both axes when equal, so that y = x is the diagonal', () => {
    const { x, y } = axisPair([0, 1], [-5, 20], 'equal');
    expect(x).toEqual(y);
    const free = axisPair([0, 1], [-5, 20], 'free');
    expect(free.x.maximum).toBeLessThan(2);
    expect(free.y.maximum).toBeGreaterThan(20);
  });

  it('stand on their own when nothing is there to show', () => {
    const { x } = axisPair([], [], 'equal');
    expect(x.minimum).toBeLessThan(0);
    expect(x.maximum).toBeGreaterThan(0);
    expect(axisPair([], [], 'symlog').x.ticks).toContain(0);
  });
});

describe('ticks', () => {
  it('step by 1, 2, 2.5 or 5 times a power of ten', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (span) => {
        const step = niceStep(span, 5);
        const mantissa = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
        expect([1, 2, 2.5, 5].some((nice) => Math.abs(mantissa - nice) < 1e-6)).toBe(true);
        expect(span / step).toBeGreaterThan(2);
        expect(span / step).toBeLessThan(9);
      }),
    );
  });

  it('lie inside the axis, ascend, hold zero and have different labels', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const axis = linearAxis([Math.min(a, b), Math.max(a, b)]);
        expect(axis.ticks).toContain(0);
        expect(axis.ticks.toSorted((p, q) => p - q)).toEqual(axis.ticks);
        expect(axis.ticks[0]).toBeGreaterThanOrEqual(axis.minimum);
        expect(axis.ticks.at(-1)).toBeLessThanOrEqual(axis.maximum);
        expect(new Set(axis.labels).size).toBe(axis.labels.length);
      }),
    );
  });

  it('are labelled briefly', () => {
    expect(tickLabel(0, 1)).toBe('0');
    expect(tickLabel(-0.5, 0.5)).toBe('−0.5');
    expect(tickLabel(0.25, 0.25)).toBe('0.25');
    expect(tickLabel(5000, 1000)).toBe('5k');
    expect(tickLabel(2e-5, 1e-5)).toBe('2e−5');
  });
});

describe('symlog', () => {
  it('has an inverse and keeps order and sign', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        expect(symlogInverse(symlog(a, 0.01), 0.01)).toBeCloseTo(a, Math.abs(a) > 1e5 ? -2 : 5);
        if (a < b) expect(symlog(a, 0.01)).toBeLessThanOrEqual(symlog(b, 0.01));
        expect(Math.sign(symlog(a, 0.01))).toBe(Math.sign(a));
      }),
    );
  });

  it('shows four decades at most, with a round constant', () => {
    expect(symlogConstant([1e-12, 1, 10, 100])).toBe(0.01);
    expect(symlogConstant([2, 30, 400])).toBe(1);
    expect(symlogConstant([0, NaN])).toBe(1);
  });

  it('ticks are round values inside the range', () => {
    expect(symlogTicks(-20, 300, 1, 6)).toEqual([-10, -1, 0, 1, 10, 100]);
    expect(symlogTicks(0, 60, 1, 6)).toEqual([0, 1, 2, 5, 10, 20, 50]);
    expect(symlogTicks(0, 0, 1, 6)).toEqual([0]);
  });

  it('places its ticks where it places values', () => {
    const axis = symlogAxis([-3, 250], 1);
    axis.labels.forEach((label, index) => {
      const value = Number(label.replace('−', '-'));
      expect(place(axis, value)).toBeCloseTo(axis.ticks[index]!, 12);
    });
  });
});
