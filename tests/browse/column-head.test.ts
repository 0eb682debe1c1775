import { describe, expect, it } from 'vitest';
import { columnHead } from '../../src/main/browse/column-head.ts';
import { normals } from '../groups/example-context.ts';
import { codes } from './made-up-rows.ts';

describe('the head of a column', () => {
  it('has mean, deviation and bins of the kept rows beside those of all', () => {
    const values = normals(1000, 'head');
    values[3] = NaN;
    const kept = Int32Array.from({ length: 500 }, (_, k) => 2 * k + 1);
    const head = columnHead('c0', { kind: 'number', values }, kept);
    const present = [...kept].map((row) => values[row]).filter((value) => !Number.isNaN(value));
    const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
    const deviation = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length);
    expect(head).toMatchObject({ rows: 1000, kept: 500, missing: 1 });
    expect(head.numeric?.mean).toBeCloseTo(mean, 12);
    expect(head.numeric?.deviation).toBeCloseTo(deviation, 12);
    expect(head.numeric?.all.reduce((a, b) => a + b)).toBe(999);
    expect(head.numeric?.kept.reduce((a, b) => a + b)).toBe(499);
    const { minimum, maximum, all } = head.numeric!;
    const third = [...values].filter(
      (value) => Math.floor(((value - minimum) / (maximum - minimum)) * 20) === 2,
    ).length;
    expect(all[2]).toBe(third);
  });

  it('names the most frequent values of the kept rows, ties in their order', () => {
    const levels = Array.from({ length: 80 }, (_, code) => `level ${code}`);
    const all = codes(4000, levels.length, 3);
    const kept = Int32Array.from({ length: 1000 }, (_, row) => row);
    const head = columnHead('c1', { kind: 'category', codes: all, levels }, kept);
    const count = (rows: Iterable<number>, code: number): number => [...rows].filter((row) => all[row] === code).length;
    const expected = levels
      .map((level, code) => ({ level, all: count(all.keys(), code), kept: count(kept, code), code }))
      .sort((a, b) => b.kept - a.kept || b.all - a.all || a.code - b.code)
      .slice(0, 50)
      .map(({ level, all: everywhere, kept: here }) => ({ level, all: everywhere, kept: here }));
    expect(head.top).toEqual(expected);
    expect(head.missing).toBe(count(kept, -1));
  });

  it('has no distribution of a column that is missing throughout, and one bin of a constant one', () => {
    const kept = Int32Array.of(0, 1);
    expect(columnHead('c', { kind: 'number', values: Float64Array.of(NaN, NaN) }, kept).numeric).toBeNull();
    expect(columnHead('c', { kind: 'number', values: Float64Array.of(5, 5) }, kept).numeric?.all[0]).toBe(2);
  });
});
