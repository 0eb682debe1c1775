import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCorrelation,
  formatCount,
  formatCountOf,
  formatDuration,
  formatExact,
  formatInstant,
  formatNumber,
  formatScientific,
  formatShare,
  formatSigned,
  keepTogether,
} from '../../src/shared/format.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [0.012341, '0.01234'],
    [-5.7128, '−5.713'],
    [9.99996, '10.00'],
    [1234.56, '1\u202f235'],
    [20000, '20\u202f000'],
    [0.00001234, '1.234e−5'],
    [-3.2e8, '−3.2e8'],
    [NaN, '–'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
  ])('writes %d as %s', (value, text) => expect(formatNumber(value)).toBe(text));

  it('keeps every digit of an exact value, with a true minus', () => {
    expect(formatExact(-0.33789332122747195)).toBe('−0.33789332122747195');
    expect(formatExact(1e-12)).toBe('1e−12');
  });

  it('gives a change its sign', () => {
    expect(formatSigned(2.5)).toBe('+2.500');
    expect(formatSigned(-2.5)).toBe('−2.500');
    expect(formatSigned(0)).toBe('0');
    expect(formatSigned(NaN)).toBe('–');
  });

  it('drops trailing zeros of a mantissa only', () => {
    expect(formatScientific(1e-3)).toBe('1e−3');
    expect(formatScientific(2.154e-4)).toBe('2.15e−4');
    expect(formatScientific(1e10)).toBe('1e10');
  });

  it('separates thousands of counts with thin spaces', () => {
    expect(formatCount(1700)).toBe('1\u202f700');
    expect(formatCount(-1234567)).toBe('−1\u202f234\u202f567');
    expect(formatCountOf(1, 'group')).toBe('1 group');
    expect(formatCountOf(0, 'group')).toBe('0 groups');
  });

  it('writes shares with a percent sign that stays on the line', () => {
    expect(formatShare(0.682, 1)).toBe('68.2\u202f%');
    expect(formatShare(NaN)).toBe('–');
  });

  it('keeps a number and what belongs to it on one line', () => {
    expect(keepTogether('Positive influence · test 66678 · 5.1 %')).toBe(
      'Positive influence · test\u00a066678 · 5.1\u202f%',
    );
    expect(keepTogether('city = New York 5')).toBe('city = New York 5');
  });

  it.each([
    [0.9951, '.995'],
    [-0.31, '−.310'],
    [1, '1.000'],
    [0.99996, '> .999'],
    [-0.99996, '< −.999'],
    [0, '.000'],
  ])('writes the correlation %d as %s', (value, text) => expect(formatCorrelation(value)).toBe(text));

  it.each([
    [0.042, '42 ms'],
    [9.84, '9.8 s'],
    [59.99, '1 min 00 s'],
    [125, '2 min 05 s'],
    [3780, '1 h 03 min'],
    [7199.9, '2 h 00 min'],
    [NaN, '–'],
  ])('writes %d seconds as %s', (value, text) => expect(formatDuration(value)).toBe(text));

  it('writes bytes in decimal units', () => {
    expect(formatBytes(812)).toBe('812 B');
    expect(formatBytes(1_240_000)).toBe('1.2 MB');
    expect(formatBytes(999_960)).toBe('1.0 MB');
    expect(formatBytes(103_400_000)).toBe('103 MB');
  });

  it('does not fail on a missing or broken instant', () => {
    expect(formatInstant(null)).toBe('–');
    expect(formatInstant('yesterday')).toBe('–');
    expect(formatInstant('2026-11-22T12:00:00Z')).toMatch(/^\d+ Nov 2026, \d\d:\d\d$/);
  });
});
