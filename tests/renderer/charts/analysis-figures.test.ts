import { describe, expect, it } from 'vitest';
import { analysisFigure } from '../../../src/renderer/charts/analysis-figures.ts';
import type { ChartTheme } from '../../../src/renderer/charts/chart-theme.ts';
import { figureSvg, type Shape } from '../../../src/renderer/charts/figure.ts';
import { ladderFigure } from '../../../src/renderer/charts/ladder-figure.ts';
import { panelColumns } from '../../../src/renderer/charts/plot-area.ts';
import type { DoseResponse, PairEffects, ShapleyValues } from '../../../src/shared/analyses.ts';

const THEME: ChartTheme = {
  ...{ grid: 'g', zero: 'z', diagonal: 'd', label: 'l', ink: 'i', mark: 'm', surface: 's', accent: 'a', fontText: 'f', cone: 'c' },
  group: (origin) => origin,
  estimator: (estimator) => estimator,
  classOf: (index) => `class ${index}`,
};
const HEAD = {
  evaluation: { quantity: 'meanTestLoss' as const, target: 'all' },
  notes: [] as string[],
  seconds: 1,
  retrainings: 1,
};
const groups = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ index, id: `g${index}`, label: `group ${index}`, size: 10 }));
const of = <K extends Shape['kind']>(shapes: readonly Shape[], kind: K) =>
  shapes.filter((shape): shape is Extract<Shape, { kind: K }> => shape.kind === kind);

describe('the chart of an analysis', () => {
  it('draws influence as one straight line, and every weight of the exact path as a mark', () => {
    const weights = Float64Array.of(0, 0.5, 1, 1.5, 2);
    const dose: DoseResponse = {
      ...HEAD,
      kind: 'doseResponse',
      groups: groups(1),
      weights,
      influence: weights.map((t) => 2 * (1 - t)),
      newton: weights.map((t) => 3 * (1 - t)),
      actual: Float64Array.of(4, 1.5, 0, -0.5, -0.8),
      newtonSteps: weights,
    };
    const { shapes } = analysisFigure(dose, 600, THEME, '');
    expect(of(shapes, 'mark').filter(({ tip }) => tip !== undefined)).toHaveLength(5);
    const line = of(shapes, 'polyline').find(({ stroke, points }) => stroke === 'influence' && points.length === 5)!;
    const slopes = line.points.slice(1).map(([x, y], k) => (y - line.points[k]![1]) / (x - line.points[k]![0]));
    for (const slope of slopes) expect(slope).toBeCloseTo(slopes[0]!, 9);
  });

  it('colours a pair by the sign of what is between the two, retrained below the diagonal and by Newton above', () => {
    const pairs: PairEffects = {
      ...HEAD,
      kind: 'pairs',
      groups: groups(2),
      single: { influence: Float64Array.of(1, 1), newton: Float64Array.of(1, 1), actual: Float64Array.of(1, 1) },
      both: {
        influence: Float64Array.of(NaN, 2, 2, NaN),
        newton: Float64Array.of(NaN, 1.5, 1.5, NaN),
        actual: Float64Array.of(NaN, 3, 3, NaN),
      },
      shared: Float64Array.of(NaN, 0, 0, NaN),
    };
    const { shapes } = analysisFigure(pairs, 600, THEME, '');
    const cells = of(shapes, 'rect').filter(({ tip }) => tip !== undefined);
    expect(cells.map(({ fill }) => fill)).toEqual(['g', 'influence', 'newton', 'g']);
    expect(cells[2]!.tip).toContain('+3.000 together, +2.000 as a sum');
    expect(cells[2]!.opacity).toBeCloseTo(1, 12);
    expect(cells[1]!.opacity).toBeLessThan(1);
  });

  it('draws Shapley bars from the largest down, with whiskers where there are standard errors', () => {
    const shapley: ShapleyValues = {
      ...HEAD,
      kind: 'shapley',
      groups: groups(3),
      method: 'permutations',
      permutations: 10,
      values: Float64Array.of(1, 3, -2),
      standardErrors: Float64Array.of(0.1, 0.2, 0.3),
      alone: Float64Array.of(1, 2, -1),
      total: 2,
    };
    const { shapes } = analysisFigure(shapley, 600, THEME, '');
    const bars = of(shapes, 'rect').filter(({ tip }) => tip !== undefined);
    expect(bars.map(({ tip }) => tip!.split(',')[0])).toEqual(['group 1', 'group 0', 'group 2']);
    expect(bars[0]!.width / bars[1]!.width).toBeCloseTo(3, 9);
    const whiskers = of(shapes, 'line').filter(({ stroke }) => stroke === 'i');
    expect(whiskers).toHaveLength(3);
    expect(figureSvg(analysisFigure(shapley, 600, THEME, ''))).toContain('<rect x="');
    const exact = { ...shapley, standardErrors: Float64Array.of(NaN, NaN, NaN) };
    expect(of(analysisFigure(exact, 600, THEME, '').shapes, 'line').filter(({ stroke }) => stroke === 'i')).toEqual([]);
  });
});

describe('the ladder’s chart', () => {
  it('sets dearer estimators further right and nearer ones further down, with a line at what is enough', () => {
    const rungs = [
      { estimator: 'influence', seconds: 1e-4, medianError: 0.1, error90: 0.5 },
      { estimator: 'newton', seconds: 1e-3, medianError: 0.001, error90: 0.01 },
      { estimator: 'actual', seconds: 1e-2, medianError: 0, error90: 0 },
    ] as const;
    const { shapes } = ladderFigure(
      [{ quantity: 'loss', targets: 1, rungs: [...rungs] }],
      { width: 500, within: 0.05, description: '' },
      THEME,
    );
    const [influence, newton, actual] = of(shapes, 'mark');
    expect(influence!.x).toBeLessThan(newton!.x);
    expect(newton!.x).toBeLessThan(actual!.x);
    expect(influence!.y).toBeLessThan(newton!.y);
    const line = of(shapes, 'polyline').find(({ dashed }) => dashed)!.points[0]![1];
    expect(line).toBeGreaterThan(influence!.y);
    expect(line).toBeLessThan(newton!.y);
  });

  it('has rows of equal length where the panels allow it', () => {
    expect(panelColumns(4, 1100, 300)).toBe(2);
    expect(panelColumns(4, 1250, 300)).toBe(4);
    expect(panelColumns(3, 1250, 300)).toBe(3);
    expect(panelColumns(5, 1000, 300)).toBe(3);
    expect(panelColumns(1, 100, 300)).toBe(1);
  });
});
