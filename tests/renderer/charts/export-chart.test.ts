import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { axisPair } from '../../../src/renderer/charts/axis-range.ts';
import type { ChartTheme } from '../../../src/renderer/charts/chart-theme.ts';
import { chartFile, fileName } from '../../../src/renderer/charts/export-chart.ts';
import { pointsOf } from '../../../src/renderer/charts/points.ts';
import { interleave } from '../../../src/renderer/charts/interleave.ts';
import { lambdaFigure } from '../../../src/renderer/charts/lambda-chart.ts';
import { figureSvg } from '../../../src/renderer/charts/figure.ts';
import { scatterExport } from '../../../src/renderer/views/compare/panel-export.ts';
import { CANCER, effectsOf, groupsOf } from '../fake-data.ts';

const theme: ChartTheme = {
  grid: '#eee',
  zero: '#ccc',
  diagonal: '#999',
  cone: '#eef',
  label: '#666',
  ink: '#111',
  mark: '#000',
  surface: '#fff',
  accent: '#00f',
  fontText: 'Inter, "A & B"',
  group: (origin) => (origin === 'random' ? '#010101' : '#020202'),
  estimator: () => '#030303',
  classOf: () => '#040404',
};
const groups = groupsOf(CANCER, 10);
const { values } = effectsOf(CANCER, groups, groups.length);
const x = values.subarray(0, groups.length);
const y = values.subarray(groups.length, 2 * groups.length);
const order = interleave(groups.map((group) => group.origin));
const points = pointsOf(x, y, order, groups, new Set(['sharedFeature']));
const brushed = new Set([0, 5]);
const chart = scatterExport({
  title: 'A <study>: influence against actual',
  subtitle: 'Test loss, test row 8',
  words: 'ρ > .999',
  sign: 'Positive: removing the group raises it.',
  xTitle: 'influence: change when removed',
  yTitle: 'actual: change when removed',
  x: 'influence',
  y: 'actual',
  points,
  axes: axisPair(points.x, points.y, 'equal'),
  groups,
  brushed,
  theme,
  about: { study: 'A, "study"', quantity: 'loss' },
});
const textOf = async (format: 'svg' | 'csv' | 'json') =>
  new TextDecoder().decode((await chartFile(chart, format)).bytes);

describe('an exported chart', () => {
  it('as CSV is every plotted mark to the last bit, and no hidden one', async () => {
    const records = parse<Record<string, string>>(await textOf('csv'), { columns: true });
    const shown = groups.filter((group) => group.origin !== 'sharedFeature');
    expect(records.map((record) => record['group'])).toEqual(shown.map((group) => group.id));
    for (const [k, group] of shown.entries()) {
      expect(Number(records[k]?.['influence'])).toBe(x[group.index]);
      expect(Number(records[k]?.['actual'])).toBe(y[group.index]);
      expect(records[k]?.['marked']).toBe(String(brushed.has(group.index)));
      expect(records[k]?.['study']).toBe('A, "study"');
    }
  });

  it('as JSON holds the same records', async () => {
    const json = JSON.parse(await textOf('json')) as { study: string; rows: { group: string; actual: number }[] };
    expect(json.study).toBe('A, "study"');
    expect(json.rows).toHaveLength(points.x.length);
    const last = groups[json.rows.length];
    expect(json.rows.find(({ group }) => group === last?.id)?.actual ?? NaN).toBe(y[last!.index]);
  });

  it('as SVG has its words, escaped, and one mark per plotted group, marked ones last', async () => {
    const svg = await textOf('svg');
    expect(svg).toContain('A &lt;study&gt;: influence against actual');
    expect(svg).toContain('actual: change when removed');
    expect(svg).toContain('Test loss, test row 8. Positive: removing the group raises it.</text>');
    expect(svg).toContain('font-family="Inter, &quot;A &amp; B&quot;"');
    const opacities = [...svg.matchAll(/<path [^>]*opacity="([\d.]+)" stroke/g)].map(([, opacity]) => opacity);
    expect(opacities).toHaveLength(points.x.length);
    expect(opacities.slice(-2)).toEqual(['1', '1']);
    expect(new Set(opacities.slice(0, -2))).toEqual(new Set(['0.14']));
    // Every tag that is opened is closed: what is not well-formed, no program opens.
    expect(svg.match(/<text /g)?.length).toBe(svg.match(/<\/text>/g)?.length);
  });

  it('of ρ against λ puts each point on its curve’s line', () => {
    const curve = {
      estimator: 'influence' as const,
      title: 'influence',
      points: [
        { relativeL2: 1e-4, spearman: 0.9 },
        { relativeL2: 1e-2, spearman: 1 },
      ],
    };
    const figure = lambdaFigure({
      title: 'ρ',
      subtitle: '',
      curves: [curve],
      axes: { decades: [-4, -2], range: [0.9, 1], step: 0.05 },
      theme,
    });
    const line = figure.shapes.find((shape) => shape.kind === 'polyline');
    expect(line?.points).toEqual([
      [72, 386],
      [620, 66],
    ]);
    expect(figureSvg(figure)).toContain('<polyline points="72,386 620,66"');
  });

  it('gets a name that every system takes', () => {
    expect(fileName('a/b: λ "c" ≥ 1')).toBe('a-b-λ-c-1');
    expect(fileName('…')).toBe('chart');
  });
});
