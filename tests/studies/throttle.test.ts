import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { throttled } from '../../src/main/studies/throttle.ts';

describe('a throttle', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('sends at most one value per interval, and always the last', () => {
    const sent: [number, number][] = [];
    const start = performance.now();
    const throttle = throttled((value: number) => sent.push([value, performance.now() - start]), 100);
    for (let value = 0; value < 1000; value++) {
      throttle.push(value);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(1000);
    expect(sent.length).toBeLessThanOrEqual(11);
    expect(sent[0]).toEqual([0, 0]);
    expect(sent.at(-1)?.[0]).toBe(999);
    for (let i = 1; i < sent.length; i++) expect(sent[i][1] - sent[i - 1][1]).toBeGreaterThanOrEqual(100);
  });

  it('sends what waits when flushed, once', () => {
    const sent: number[] = [];
    const throttle = throttled((value: number) => sent.push(value), 100);
    throttle.push(1);
    throttle.push(2);
    throttle.flush();
    throttle.flush();
    vi.advanceTimersByTime(1000);
    expect(sent).toEqual([1, 2]);
  });
});
