import { describe, expect, it } from 'vitest';
import { heatMapSvg } from '../../src/main/report/heat-map.ts';
import { plotSvg } from '../../src/main/report/plot-chart.ts';

const AXES = { x: { title: 'x' }, y: { title: 'y' }, description: 'a plot' };

/** Centres of the marks that tell something, in pixels. */
function centres(svg: string): [number, number][] {
  return [...svg.matchAll(/<circle class="told" cx="([^"]+)" cy="([^"]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

const point = (x: number, y: number, title = 'p') => ({ x, y, mark: 'random' as const, title });

describe('a plot', () => {
  it('puts equal values on the diagonal that it draws', () => {
    const svg = plotSvg({ ...AXES, points: [point(-2, -2), point(1, 1), point(3, 3)], equal: true });
    const diagonal = /M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" stroke="var\(--diagonal/.exec(svg);
    const [x1, y1, x2, y2] = (diagonal ?? []).slice(1).map(Number);
    for (const [x, y] of centres(svg)) expect((y - y1) / (x - x1)).toBeCloseTo((y2 - y1) / (x2 - x1), 1);
  });

  it('spaces powers of ten equally on a logarithmic axis, and leaves out what has no logarithm', () => {
    const svg = plotSvg({
      ...AXES,
      x: { title: 'λ', log: true },
      points: [0.01, 0.1, 1, 0, -1].map((x) => point(x, 1)),
    });
    const [a, b, c] = centres(svg).map(([x]) => x);
    expect(centres(svg)).toHaveLength(3);
    expect(b - a).toBeCloseTo(c - b, 0);
  });

  it('draws a single point, equal points and none', () => {
    for (const points of [[], [point(0, 0)], [point(5, 5), point(5, 5)]])
      expect(plotSvg({ ...AXES, points })).not.toMatch(/NaN|Infinity/);
  });

  it('escapes what people named', () => {
    const svg = plotSvg({ ...AXES, points: [point(1, 1, '<script>"&')] });
    expect(svg).toContain('&lt;script&gt;&quot;&amp;');
    expect(svg).not.toContain('<script>');
  });
});

describe('a heat map', () => {
  it('colours by sign and strength, and marks what is more than chance', () => {
    const cell = (value: number, marked: boolean) => ({ value, marked, title: `<${value}>` });
    const svg = heatMapSvg({
      rows: ['a', 'b'],
      columns: ['one'],
      cells: [[cell(4, true)], [cell(-1, false)]],
      description: 'two cells',
    });
    const opacity = [...svg.matchAll(/fill-opacity="([^"]+)"/g)].map(([, value]) => Number(value));
    expect(opacity).toEqual([0.9, 0.47]);
    expect(svg.match(/<circle/g)).toHaveLength(1);
    expect(svg).toContain('--positiveInfluence');
    expect(svg).toContain('&lt;-1&gt;');
  });
});
