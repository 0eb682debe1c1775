import { describe, expect, it } from 'vitest';
import { agreements } from '../../src/shared/agreement.ts';
import { interleave } from '../../src/renderer/charts/interleave.ts';
import {
  columnsOf,
  comparePanels,
  drawnEvaluations,
  layoutOf,
  type Layout,
} from '../../src/renderer/views/compare/compare-panels.ts';
import { CANCER, effectsOf, evaluationsOf, groupsOf } from './fake-data.ts';

const groups = groupsOf(CANCER, 10);
const effects = effectsOf(CANCER, groups, groups.length);
const order = interleave(groups.map((group) => group.origin));
const loss = evaluationsOf(CANCER).find(({ quantity }) => quantity === 'loss')!;
const panelsOf = (layout: Layout, mode: 'equal' | 'free' = 'equal') =>
  comparePanels({ effects, groups, order, hidden: new Set(), layout, mode, evaluation: loss }, loss.target);

describe('the panels of a comparison', () => {
  it('are the three pairs for one quantity', () => {
    expect(panelsOf('one').map((panel) => panel.key)).toEqual([
      'influence-actual',
      'newton-actual',
      'influence-newton',
    ]);
  });

  it('are every quantity against actual, on the chosen test row where there is one', () => {
    const panels = panelsOf('quantities');
    expect(panels.map((panel) => panel.key)).toContain('selfLoss-newton-actual');
    expect(panels).toHaveLength(8);
    expect(panels.every(({ pair }) => pair.y === 'actual')).toBe(true);
    const margin = panels.find(({ evaluation }) => evaluation.quantity === 'margin');
    expect(margin?.evaluation.target).toBe(loss.target);
  });

  it('are one quantity on every test row', () => {
    const targets = evaluationsOf(CANCER).filter(({ quantity }) => quantity === 'loss');
    expect(panelsOf('rows').map(({ evaluation }) => evaluation)).toEqual(targets);
    expect(new Set(panelsOf('rows').map(({ key }) => key)).size).toBe(targets.length);
  });

  it('are everything that was measured, one panel each', () => {
    const panels = panelsOf('all');
    expect(panels.map(({ evaluation }) => evaluation)).toEqual(effects.evaluations);
    expect(panels).toHaveLength(14);
    expect(new Set(panels.map(({ key }) => key)).size).toBe(14);
    expect(panels.every(({ pair }) => pair.key === 'influence-actual')).toBe(true);
  });

  it('say what the engine has judged, and judge the rest themselves', () => {
    const known = agreements(effects.evaluations, effects.estimators, groups, effects.values);
    const input = {
      effects,
      groups,
      order,
      hidden: new Set<never>(),
      layout: 'one',
      mode: 'equal',
      evaluation: loss,
    } as const;
    const own = comparePanels(input, loss.target);
    const told = comparePanels({ ...input, known }, loss.target);
    expect(told.map(({ words }) => words)).toEqual(own.map(({ words }) => words));
    const marked = known.map((agreement) => ({ ...agreement, spearman: 0.123 }));
    const changed = comparePanels({ ...input, known: marked }, loss.target);
    expect(changed.map(({ words }) => words.startsWith('ρ = .123'))).toEqual([true, true, false]);
  });

  it('share one range where they show one quantity, and none when the axes are free', () => {
    const [first, second] = panelsOf('one');
    expect(first?.axes).toEqual(second?.axes);
    expect(first?.axes.x).toEqual(first?.axes.y);
    const [free, other] = panelsOf('one', 'free');
    expect(free?.axes).not.toEqual(other?.axes);
  });

  it('take as many columns as there is room for', () => {
    expect(columnsOf('one', 1, 3, 1160)).toBe(3);
    expect(columnsOf('one', 1, 3, 500)).toBe(1);
    expect(columnsOf('quantities', 4, 2, 820)).toBe(4);
    expect(columnsOf('rows', 6, 2, 1160)).toBe(3);
    expect(columnsOf('rows', 2, 2, 1160)).toBe(2);
  });

  it('fall back to one quantity for an unknown layout', () => {
    expect(layoutOf('rows')).toBe('rows');
    expect(layoutOf('nonsense')).toBe('one');
    expect(drawnEvaluations(effects.evaluations, 'one', loss, undefined)).toEqual([loss]);
  });
});
