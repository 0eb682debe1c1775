import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GROUP_MARK } from '../../src/main/report/group-marks.ts';
import { reportPage } from '../../src/main/report/report-page.ts';
import { rangeWords, relativeWords, shareWords, targetWords } from '../../src/main/report/report-words.ts';
import { roundRange, scatterSvg } from '../../src/main/report/scatter-chart.ts';
import { sampleStudy } from './sample-study.ts';

const TOKENS = join(import.meta.dirname, '..', '..', 'src', 'renderer', 'design', 'tokens.css');

function count(text: string, what: RegExp): number {
  return [...text.matchAll(what)].length;
}

describe('the report', () => {
  const page = reportPage(sampleStudy());

  it('fetches nothing and runs nothing', () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
    expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\//);
  });

  it('draws influence–actual, Newton–actual and influence–Newton for every evaluation, each with words beside it', () => {
    expect(count(page, /<figure>/g)).toBe(5 * 3);
    expect(count(page, /<svg viewBox="0 0 356 330" role="img" aria-label="[^"]+: (ρ|no group)/g)).toBe(5 * 3);
    expect(count(page, /<figcaption>ρ [=>] /g)).toBe(5 * 3);
    expect(page).toContain('change of test loss when the group is removed');
  });

  it('has tables of agreement, of the largest effects and of the time', () => {
    expect(page).toContain('Agreement with the actual effect');
    expect(count(page, /<caption>[^<]*: the 8 largest by \|actual\|/g)).toBe(4);
    expect(page).toContain('Certificates of retraining');
    expect(page).toContain('1 did not reach the tolerance: randomWithinClass-1 (');
    expect(page).toContain('ab'.repeat(32));
  });

  it('draws only the pairs that were computed', () => {
    expect(count(reportPage(sampleStudy({ estimators: ['influence', 'actual'] })), /<figure>/g)).toBe(5);
    const unjudged = reportPage(sampleStudy({ estimators: ['influence', 'newton'] }));
    expect(count(unjudged, /<figure>/g)).toBe(5);
    expect(unjudged).toContain('The actual effect was not computed');
    expect(count(reportPage(sampleStudy({ estimators: ['influence'] })), /<figure>/g)).toBe(0);
  });

  it('draws six targets of a quantity and says which it leaves out', () => {
    const evaluations = Array.from({ length: 9 }, (_, k) => ({
      quantity: 'meanTestLoss' as const,
      target: `ward=${k}`,
    }));
    const long = reportPage(sampleStudy({ evaluations }));
    expect(count(long, /<figure>/g)).toBe(6 * 3);
    expect(long).toContain('test rows with ward = 6, test rows with ward = 7 and test rows with ward = 8');
  });

  it('lets no name become markup', () => {
    const hostile = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'&lt;", '</title><b>', '</style>'];
    const input = sampleStudy({ labels: hostile });
    const name = '</title><script>1</script>';
    const found = reportPage({
      ...input,
      spec: { ...input.spec, name },
      notes: hostile,
      fit: { ...input.fit, classes: hostile.slice(0, 2) },
      provenance: { ...input.provenance, datasetName: hostile[0], libraries: { [hostile[1]]: hostile[0] } },
      dataset: undefined,
    });
    expect(found).not.toMatch(/<script|<img|<b>/);
    expect(count(found, /<\/title>/g)).toBe(count(found, /<title>/g));
    expect(count(found, /<\/style>/g)).toBe(1);
  });

  it('survives effects that are undefined or infinite', () => {
    const input = sampleStudy();
    const values = input.effects.values.map((value, index) =>
      index % 3 === 0 ? NaN : index % 7 === 0 ? Infinity : value,
    );
    const found = reportPage({ ...input, effects: { ...input.effects, values } });
    expect(found).toContain('without both effects left out');
    expect(found).not.toMatch(/NaN|Infinity/);
    const none = reportPage({
      ...input,
      effects: { ...input.effects, values: new Float64Array(values.length).fill(NaN) },
    });
    expect(none).toContain('no group has both effects');
    expect(none).not.toContain('NaN');
  });
});

describe('a scatter', () => {
  it('has every mark inside its frame and y = x as its diagonal', () => {
    const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.record({ x: finite, y: finite }), { maxLength: 20 }), (pairs) => {
        const { low, high, step } = roundRange(pairs);
        expect(low).toBeLessThanOrEqual(0);
        expect(high).toBeGreaterThanOrEqual(0);
        expect((high - low) / step).toBeLessThanOrEqual(8);
        for (const { x, y } of pairs) {
          expect(Math.min(x, y)).toBeGreaterThanOrEqual(low);
          expect(Math.max(x, y)).toBeLessThanOrEqual(high);
        }
      }),
    );
  });

  it('places a mark where its values say', () => {
    const svg = scatterSvg({
      points: [
        { x: 1, y: 0.5, origin: 'random', title: null },
        { x: 0, y: 0, origin: 'random', title: 'origin' },
      ],
      xTitle: 'x',
      yTitle: 'y',
      description: 'two marks',
    });
    const [[, x1, y1], [, x0, y0]] = [...svg.matchAll(/M([\d.]+) ([\d.]+)h0/g)].map((one) => one.map(Number));
    const circle = /<circle class="told" cx="([\d.]+)" cy="([\d.]+)" r="6"><title>origin</.exec(svg);
    expect([Number(circle?.[1]), Number(circle?.[2])]).toEqual([x0, y0]);
    expect(x1).toBeGreaterThan(x0);
    expect(y1).toBeLessThan(y0);
    // Half as far up as to the right, in a frame that is 280 wide and 264 high.
    expect((y0 - y1) / (x1 - x0)).toBeCloseTo((0.5 * 264) / 280, 1);
  });
});

describe('the marks of the groups', () => {
  it('have the colours of the window', () => {
    const tokens = readFileSync(TOKENS, 'utf8');
    for (const [origin, { light, dark }] of Object.entries(GROUP_MARK)) {
      expect(tokens, origin).toContain(`--group-${origin}: light-dark(${light}, ${dark});`);
    }
  });

  it('differ from each other in shape or colour', () => {
    const looks = Object.entries(GROUP_MARK)
      .filter(([origin]) => origin !== 'manual')
      .map(([, mark]) => JSON.stringify([mark.shape, mark.paint, mark.light]));
    expect(new Set(looks).size).toBe(looks.length);
  });
});

describe('words', () => {
  it('are never rounded up to perfection', () => {
    expect(shareWords(0.999)).toBe('> 99\u202f%');
    expect(shareWords(1)).toBe('100\u202f%');
    expect(shareWords(0.001)).toBe('< 1\u202f%');
    expect(shareWords(0)).toBe('0\u202f%');
  });

  it('say ranges, λ/n and targets as people do', () => {
    expect(rangeWords([0.5, NaN, 0.25], String)).toBe('0.25 to 0.5');
    expect(rangeWords([NaN], String)).toBe('–');
    expect(relativeWords(2.154e-4)).toBe('2.154e−4');
    expect(relativeWords(0.25)).toBe('0.25');
    expect(targetWords('class=a=b')).toBe('test rows with class = a=b');
  });
});
