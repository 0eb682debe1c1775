import { describe, expect, it } from 'vitest';
import { columnOf, keyOf } from '../../../src/renderer/views/what-if/row-axes.ts';
import { combined, NO_ROWS, rowRanges, sameSelection } from '../../../src/renderer/views/what-if/row-selection.ts';
import type { WhatIfModel } from '../../../src/shared/what-if.ts';

const of = (how: string, ...rows: number[]) => ({ rows: Int32Array.from(rows), how });

describe('a choice of rows', () => {
  const [a, b] = [of('a', 1, 3, 5), of('b', 3, 4)];

  it.each([
    ['replace', [3, 4]],
    ['add', [1, 3, 4, 5]],
    ['remove', [1, 5]],
    ['keep', [3]],
  ] as const)('can %s what was chosen before', (how, rows) => {
    expect([...combined(a, b, how).rows]).toEqual(rows);
  });

  it('says how it came about', () => {
    expect(combined(a, b, 'add').how).toBe('a with b');
    expect(combined(a, b, 'remove').how).toBe('a without b');
    expect(combined(NO_ROWS, b, 'add').how).toBe('b');
  });

  it('is the same when its rows are, however they were chosen', () => {
    expect(sameSelection(of('one way', 1, 2), of('another', 1, 2))).toBe(true);
    expect(sameSelection(of('', 1, 2), of('', 1, 3))).toBe(false);
  });

  it('is written in ranges', () => {
    expect(rowRanges(Int32Array.of(0, 1, 2, 5, 7, 8))).toBe('0–2, 5, 7–8');
    expect(rowRanges(Int32Array.of(0, 2, 4, 6), 2)).toBe('0, 2, …');
  });
});

describe('an axis', () => {
  const model = { leverage: false, featureNames: ['age', 'income'] } as WhatIfModel;
  const loss = { quantity: 'loss', target: '12' } as const;

  it('is the column of its key, with the influence on what is measured', () => {
    expect(columnOf('influence', model, loss, 'loss')).toEqual({ kind: 'influence', ...loss });
    expect(keyOf(columnOf('feature:1', model, loss, 'loss'))).toBe('feature:1');
  });

  it('falls back where this model has no such column', () => {
    expect(columnOf('feature:2', model, loss, 'margin')).toEqual({ kind: 'margin' });
    expect(columnOf('leverage', model, loss, 'margin')).toEqual({ kind: 'loss' });
    expect(columnOf('nonsense', model, loss, 'component1')).toEqual({ kind: 'component1' });
    expect(columnOf('influence', model, { quantity: 'selfLoss', target: 'self' }, 'loss')).toEqual({ kind: 'loss' });
  });
});
