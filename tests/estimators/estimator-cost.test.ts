import { describe, expect, it } from 'vitest';
import { costOf, noSeconds } from '../../src/main/estimators/estimator-cost.ts';

/** Of one batch: what its shared work took in all. */
const WHOLE = { ...noSeconds(), influenceStep: 4, newtonStep: 10, retraining: 30, secondStep: 8 };

describe('the cost of an estimator', () => {
  it('has the shared work that it needs, also when another asked for it before', () => {
    const before = { ...noSeconds(), newtonStep: 10, retraining: 30 };
    // Newton comes after actual: 1 second of its own, the Newton step done already.
    expect(costOf('newton', 1, { before, after: before, whole: WHOLE }, false)).toBe(11);
  });

  it('has not the shared work that others need and it happened to wait for', () => {
    // Newton comes first: the retrainer, whose first step it is, runs to its end meanwhile.
    const after = { ...noSeconds(), newtonStep: 10, retraining: 30 };
    expect(costOf('newton', 41, { before: noSeconds(), after, whole: WHOLE }, false)).toBe(11);
    expect(costOf('actual', 2, { before: after, after, whole: WHOLE }, false)).toBe(42);
  });

  it('has the solve of the group’s own gradient where influence is asked for the self-loss', () => {
    const none = noSeconds();
    expect(costOf('influence', 0.5, { before: none, after: none, whole: WHOLE }, false)).toBe(0.5);
    expect(costOf('influence', 0.5, { before: none, after: none, whole: WHOLE }, true)).toBe(4.5);
  });
});
