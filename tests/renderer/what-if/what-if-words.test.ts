import { describe, expect, it } from 'vitest';
import { doseWords, errorWords, spectrumWords, verdict } from '../../../src/renderer/views/what-if/what-if-words.ts';
import type { WhatIfDose } from '../../../src/shared/what-if.ts';

const dose = (newton: number[], influence: number[]): WhatIfDose => ({
  evaluation: { quantity: 'loss', target: '1' },
  shares: Float64Array.of(0, 0.5, 1),
  influence: Float64Array.from(influence),
  newton: Float64Array.from(newton),
  actual: null,
  retraining: [],
});

describe('how far a prediction was off', () => {
  it('is told with its direction and its share of the actual effect', () => {
    expect(errorWords(1.1, 1)).toMatch(/^0\.10 too high \(10\s%\)$/);
    expect(errorWords(-2, -1)).toMatch(/^1\.0 too low \(100\s%\)$/);
    expect(errorWords(0.5, 0.5)).toBe('exact');
  });

  it('is not a share where the actual effect is none, and is not told of what is not finite', () => {
    expect(errorWords(0.2, 0)).toBe('0.20 too high');
    expect(errorWords(0.2, -Infinity)).toBe('not to be compared');
  });
});

describe('the verdict', () => {
  it.each([
    [1, 1.5, -1, 'wrong sign'],
    [1.01, 1, 1, 'influence is enough'],
    [0.5, 0.99, 1, 'Newton is much the closer'],
    [0.5, 0.7, 1, 'Newton is the closer'],
    [0.8, 1.4, 1, 'Influence is the closer'],
    [1, 1, Infinity, 'no finite optimum'],
  ])('of influence %d and Newton %d against %d says “%s”', (influence, newton, actual, words) => {
    expect(verdict(influence, newton, actual)).toContain(words);
  });
});

describe('the dose–response in words', () => {
  it('tells a straight response from one that bends up and one that flattens', () => {
    expect(doseWords(dose([0, 0.5, 1], [0, 0.5, 1]), null)).toContain('nearly straight');
    expect(doseWords(dose([0, 0.2, 1], [0, 0.15, 0.3]), null)).toContain('bends away');
    expect(doseWords(dose([0, 0.8, 1], [0, 1, 2]), null)).toContain('flattens');
  });

  it('adds what retraining found', () => {
    const points = { ...dose([0, 0.5, 1], [0, 0.5, 1]), actual: Float64Array.of(0, 0.6, 1.25) };
    expect(doseWords(dose([0, 0.5, 1], [0, 0.5, 1]), points)).toMatch(/Retrained: \+1\.25.* at 100/);
  });
});

describe('the spectrum in words', () => {
  const found = {
    evaluation: { quantity: 'loss' as const, target: '1' },
    method: 'parameters' as const,
    eigenvalues: Float64Array.of(0.9, 0.3),
    contributions: Float64Array.of(-2, 0.1),
    groupAlignment: Float64Array.of(1, 0),
    testAlignment: Float64Array.of(1, 0),
    influence: -0.3,
    newtonLinear: -2.2,
  };

  it('names the direction that matters and says where a loss bends', () => {
    const words = spectrumWords(found, -1.8);
    expect(words).toContain('90');
    expect(words).toContain('along the slope of the loss');
    expect(spectrumWords({ ...found, evaluation: { quantity: 'margin', target: '1' } }, -2.2)).not.toContain('slope');
  });

  it('says when the two hardly differ', () => {
    expect(spectrumWords({ ...found, newtonLinear: -0.301 }, -0.301)).toContain('almost nothing');
  });
});
