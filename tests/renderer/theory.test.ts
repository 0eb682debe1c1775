/** The theory as the window shows it: cones in pixels, the parts of an error, and its sentences. */
import { describe, expect, it } from 'vitest';
import { axisPair } from '../../src/renderer/charts/axis-range.ts';
import { conePixels, type Cone } from '../../src/renderer/charts/cone.ts';
import { pixelX, pixelY, type PlotFrame } from '../../src/renderer/charts/plot-frame.ts';
import { place } from '../../src/renderer/charts/axis-range.ts';
import { coneOf } from '../../src/renderer/views/compare/cone-words.ts';
import { PAIRS } from '../../src/renderer/views/compare/pairs.ts';
import { boundWords, whyOff } from '../../src/renderer/views/compare/why-off.ts';
import { directionsThatMatter, type GroupTheory, type StudyTheory } from '../../src/shared/theory.ts';

const frame: PlotFrame = { left: 60, top: 10, width: 400, height: 300 };

/** Whether a pixel lies inside the outline: the even–odd rule. */
function inside(outline: readonly (readonly [number, number])[], px: number, py: number): boolean {
  let within = false;
  outline.forEach(([x1, y1], k) => {
    const [x0, y0] = outline[(k + outline.length - 1) % outline.length]!;
    if (y1 > py !== y0 > py && px < x1 + ((py - y1) / (y0 - y1)) * (x0 - x1)) within = !within;
  });
  return within;
}

describe('a cone in pixels', () => {
  const values = Float64Array.of(-5, -0.02, 0.01, 1, 8);
  for (const mode of ['equal', 'free', 'symlog'] as const) {
    for (const cone of [
      { lower: 1, upper: 2.5, sides: 'positive' },
      { lower: 1, upper: 1e7, sides: 'both' },
      { lower: 1, upper: 3, sides: 'both' },
    ] satisfies Cone[]) {
      it(`holds exactly the points between its lines: ${mode}, slope ${cone.upper}, ${cone.sides}`, () => {
        const axes = axisPair(values, values, mode);
        const outline = conePixels(cone, axes, frame);
        let held = 0;
        for (const x of [-4, -1.3, -0.3, 0.2, 0.9, 2.2, 6]) {
          for (const y of [-4.7, -2.9, -1, -0.4, 0.3, 0.8, 2.6, 4.1, 7]) {
            const between =
              Math.min(cone.lower * x, cone.upper * x) <= y && y <= Math.max(cone.lower * x, cone.upper * x);
            const expected = between && (cone.sides === 'both' || x > 0);
            // An edge is drawn by corners: what lies on it is neither in nor out.
            if (Math.abs(y / x - cone.upper) < 0.12 || Math.abs(y / x - cone.lower) < 0.06) continue;
            const found = inside(outline, pixelX(axes, frame, place(axes.x, x)), pixelY(axes, frame, place(axes.y, y)));
            expect(found, `${x}, ${y}`).toBe(expected);
            if (expected) held++;
          }
        }
        expect(held).toBeGreaterThan(3);
        for (const [x, y] of outline) {
          expect(x).toBeGreaterThanOrEqual(frame.left - 1e-9);
          expect(x).toBeLessThanOrEqual(frame.left + frame.width + 1e-9);
          expect(y).toBeGreaterThanOrEqual(frame.top - 1e-9);
          expect(y).toBeLessThanOrEqual(frame.top + frame.height + 1e-9);
        }
      });
    }
  }
});

describe('where theory draws a cone', () => {
  const theory = { s: 2, selfLossSlope: 6, copies: Int32Array.of(3) } as StudyTheory;
  const pair = PAIRS.find(({ key }) => key === 'influence-newton')!;

  it('is self-loss, and margins where groups are copies; against Newton only', () => {
    expect(coneOf(theory, pair, { quantity: 'selfLoss', target: 'self' })).toEqual({
      lower: 1,
      upper: 6,
      sides: 'positive',
    });
    expect(coneOf(theory, pair, { quantity: 'margin', target: '1' })).toEqual({ lower: 1, upper: 3, sides: 'both' });
    const none = { ...theory, copies: new Int32Array(0) };
    expect(coneOf(none, pair, { quantity: 'margin', target: '1' })).toBeNull();
    expect(coneOf(theory, pair, { quantity: 'loss', target: '1' })).toBeNull();
    for (const other of PAIRS.filter(({ key }) => key !== pair.key)) {
      expect(coneOf(theory, other, { quantity: 'selfLoss', target: 'self' })).toBeNull();
    }
  });
});

describe('why a group is off', () => {
  const theory: GroupTheory = {
    index: 4,
    method: 'parameters',
    parameters: 3,
    eigenvalues: Float64Array.of(0.6, 0.2, 0.1),
    groupAlignment: Float64Array.of(0.8, 0.6, 0),
    groupNorm: 1,
    testAlignment: Float64Array.of(1, 0, 0),
    testNorm: Float64Array.of(1),
    contributions: Float64Array.of(1.2, 0.1, -0.02),
    influence: Float64Array.of(0.8),
    newtonLinear: Float64Array.of(2.08),
    residual: 0,
    named: [],
    nearest: [],
    seconds: 0,
  };

  it('splits actual − influence into parts that add up', () => {
    const why = whyOff(theory, 0, { influence: 0.8, newton: 2.2, actual: 2.5 });
    expect(why.parts.map(({ key }) => key)).toEqual(['removedCurvature', 'functionCurvature', 'actualMinusNewton']);
    expect(why.parts.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(why.total, 14);
    expect(why.total).toBeCloseTo(1.7, 14);
    expect(why.sentences[0]).toMatch(/falls short of retraining by 68/);
    expect(why.sentences[1]).toMatch(/up to 60.*one direction of 3.*64.*100/s);
    expect(why.directions.map(({ matters }) => matters)).toEqual([true, false, false]);
  });

  it('speaks of Newton before the group is retrained, of signs where they differ, and of nothing where nothing is off', () => {
    expect(whyOff(theory, 0, { influence: 0.8, newton: 2.2, actual: NaN }).sentences[0]).toMatch(/Newton by 64/);
    expect(whyOff(theory, 0, { influence: -0.8, newton: 2.2, actual: 2.5 }).sentences[0]).toMatch(/wrong sign/);
    expect(whyOff(theory, 0, { influence: 0.8, newton: 0.8001, actual: 0.8002 }).sentences).toHaveLength(1);
  });

  it('names the part that is largest', () => {
    expect(whyOff(theory, 0, { influence: 0.8, newton: 2.2, actual: 9 }).sentences[1]).toMatch(
      /beyond the first Newton step/,
    );
    expect(whyOff(theory, 0, { influence: 0.8, newton: 9, actual: 9.1 }).sentences[1]).toMatch(/bends along so long/);
  });

  it('counts the directions that make up a share of the contributions', () => {
    expect(directionsThatMatter(Float64Array.of(0.1, -5, 3, 0), 0.9)).toEqual([1, 2]);
    expect(directionsThatMatter(new Float64Array(3), 0.9)).toEqual([]);
  });

  it('says how loose the bound is, or nothing without an error', () => {
    expect(boundWords(1e6, 2, 2.5)).toMatch(/2e6 times less/);
    expect(boundWords(1e6, 2, 2)).toBeNull();
  });
});
