import { describe, expect, it } from 'vitest';
import { interleave } from '../../../src/renderer/charts/interleave.ts';
import { effectColumn, markSize, nearestMark, pointsOf } from '../../../src/renderer/charts/points.ts';
import { GROUP_PATH } from '../../../src/renderer/charts/chart-theme.ts';
import { CONSTRUCTORS, GROUP_ORIGIN_TITLE } from '../../../src/shared/quantities.ts';
import { CANCER, effectsOf, groupsOf } from '../fake-data.ts';

const groups = groupsOf(CANCER, 10);
const table = effectsOf(CANCER, groups, 120);
const families = groups.map((group) => group.origin);

describe('the drawing order', () => {
  it('is a permutation of the groups', () => {
    expect([...interleave(families)].sort((a, b) => a - b)).toEqual([...families.keys()]);
  });

  it('holds each family in its proportion in every stretch, so that none hides the others', () => {
    const order = interleave(families);
    const stretch = [...order.slice(0, order.length / 2)].map((index) => families[index]);
    for (const family of CONSTRUCTORS) {
      const all = families.filter((name) => name === family).length;
      expect(Math.abs(stretch.filter((name) => name === family).length - all / 2)).toBeLessThanOrEqual(1);
    }
  });
});

describe('the marks of a panel', () => {
  const influence = effectColumn(table, 3, 'influence');
  const actual = effectColumn(table, 3, 'actual');

  it('are the values of the effects table', () => {
    expect(actual![5]).toBe(table.values[(3 * 3 + 2) * groups.length + 5]);
    expect(effectColumn(table, 3, 'newtonLinear')).toBeNull();
    expect(effectColumn(table, 99, 'actual')).toBeNull();
  });

  it('leave out groups not retrained yet and families that are hidden', () => {
    const points = pointsOf(influence, actual, interleave(families), groups, new Set(['random']));
    const expected = families.filter((family, index) => index < 120 && family !== 'random').length;
    expect(points.group).toHaveLength(expected);
    points.group.forEach((group, mark) => {
      expect(points.x[mark]).toBe(influence![group]);
      expect(points.y[mark]).toBe(actual![group]);
    });
  });

  it('are found by the pointer within reach, the topmost first', () => {
    expect(nearestMark([10, 50, 50], [10, 50, 50], 52, 50, 10)).toBe(2);
    expect(nearestMark([10], [10], 30, 10, 10)).toBe(-1);
  });

  it('grow in area, not beyond telling apart', () => {
    expect(markSize(25, 100)).toBeCloseTo((markSize(0, 100) + markSize(100, 100)) / 2, 12);
    expect(markSize(3, 0)).toBe(markSize(0, 100));
  });

  it('have a shape of their own for each of the seven constructors, in charts and legends', () => {
    expect(new Set(CONSTRUCTORS.map((name) => GROUP_PATH[name])).size).toBe(CONSTRUCTORS.length);
    expect(Object.keys(GROUP_PATH).sort()).toEqual(Object.keys(GROUP_ORIGIN_TITLE).sort());
  });
});
