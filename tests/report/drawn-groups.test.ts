import { describe, expect, it } from 'vitest';
import { drawnGroups, MOST_MARKS } from '../../src/main/report/drawn-groups.ts';
import { reportPage } from '../../src/main/report/report-page.ts';
import { formatCount } from '../../src/shared/format.ts';
import { sampleStudy } from './sample-study.ts';

describe('the groups a chart draws', () => {
  const count = 20_000;
  const all = Array.from({ length: count }, (_, g) => g);
  /** Small effects, but for a few that no sample may lose. */
  const ys = Float64Array.from(all, (g) => (g % 1000 === 777 ? -5 : Math.sin(g)));
  const xs = Float64Array.from(all, (g) => (g % 1000 === 333 ? 3 : Math.cos(g) / 10));

  it('are all of them while they are not very many', () => {
    expect(drawnGroups(all.slice(0, MOST_MARKS), xs, ys)).toEqual(all.slice(0, MOST_MARKS));
  });

  it('are the outermost and an even sample of the others, each once and in order, when they are', () => {
    const drawn = drawnGroups(all, xs, ys);
    expect(drawn).toHaveLength(MOST_MARKS);
    expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
    const kept = new Set(drawn);
    expect(all.filter((g) => (Math.abs(ys[g]) > 1 || Math.abs(xs[g]) > 1) && !kept.has(g))).toEqual([]);
    // Each tenth of the groups has about its share.
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = drawn.filter((g) => Math.floor(g / 2000) === tenth).length / MOST_MARKS;
      expect(share).toBeGreaterThan(0.08);
      expect(share).toBeLessThan(0.12);
    }
  });

  it('are told to be a sample by the report, whose figures are of all', () => {
    const evaluations = [{ quantity: 'loss' as const, target: '7' }];
    const many = reportPage(sampleStudy({ groupsPerConstructor: 500, evaluations }));
    expect(many).toContain(`Each chart draws ${formatCount(MOST_MARKS)} of the ${formatCount(3500)} groups`);
    expect(many).toMatch(new RegExp(`influence underestimates [^<]* of ${formatCount(3500)} groups`));
    const marks = [...many.matchAll(/<path class="mark [^"]+" d="([^"]+)"/g)].map(([, d]) => d.split('M').length - 1);
    // Three charts, and seven marks of one legend.
    expect(marks.reduce((sum, one) => sum + one, 0)).toBe(3 * MOST_MARKS + 7);
    const few = reportPage(sampleStudy({ groupsPerConstructor: 20, evaluations }));
    expect(few).not.toContain('Each chart draws');
  });
});
