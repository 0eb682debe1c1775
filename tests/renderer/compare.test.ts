import { describe, expect, it } from 'vitest';
import { effectColumn } from '../../src/renderer/charts/points.ts';
import {
  chooseEvaluation,
  quantitiesOf,
  targetsOf,
  targetTitle,
} from '../../src/renderer/views/compare/evaluation-choice.ts';
import { groupSentence, parameterList } from '../../src/renderer/views/compare/group-words.ts';
import { agreementWords, pairAgreements, PAIRS } from '../../src/renderer/views/compare/pairs.ts';
import { highestGroups, sortGroups } from '../../src/renderer/views/compare/sort-groups.ts';
import { CANCER, DIGITS, effectsOf, evaluationsOf, groupsOf } from './fake-data.ts';

const groups = groupsOf(CANCER, 10);
const done = 100;
const table = effectsOf(CANCER, groups, done);

describe('the choice of what to compare', () => {
  const evaluations = evaluationsOf(CANCER);

  it('takes the wish where the study has it, else something near', () => {
    expect(chooseEvaluation(evaluations, 'margin', '63')).toEqual({ quantity: 'margin', target: '63' });
    expect(chooseEvaluation(evaluations, 'margin', '999')).toEqual({ quantity: 'margin', target: '104' });
    expect(chooseEvaluation(evaluations, 'nonsense', undefined)?.quantity).toBe('loss');
    expect(chooseEvaluation([], 'loss', '1')).toBeNull();
  });

  it('offers only what there is', () => {
    expect(quantitiesOf(evaluationsOf(DIGITS))).toEqual(['loss', 'selfLoss', 'meanTestLoss']);
    expect(targetsOf(evaluations, 'meanTestLoss')).toEqual(['all']);
    expect(targetTitle({ quantity: 'meanTestLoss', target: 'class=1' })).toBe('test rows with class = 1');
  });
});

describe('the words under a panel', () => {
  const words = (pair: (typeof PAIRS)[number], pending: number) =>
    agreementWords(
      pair,
      pairAgreements(
        pair,
        table.evaluations[6]!,
        groups,
        effectColumn(table, 6, pair.x),
        effectColumn(table, 6, pair.y),
      ),
      pending,
    );

  it('say correlation, underestimation and sign', () => {
    expect(words(PAIRS[0]!, groups.length - done)).toMatch(
      /^ρ [=>] .*\.\d{3} · underestimates .*% of groups · same sign .*%/,
    );
    expect(words(PAIRS[2]!, groups.length - done)).toContain('below Newton for');
  });

  it('do not count groups still to come as left out', () => {
    expect(words(PAIRS[0]!, groups.length - done)).not.toContain('left out');
    expect(words(PAIRS[0]!, groups.length - done)).toContain('100 groups so far');
    expect(words(PAIRS[0]!, 0)).toContain('left out');
  });

  it('judge Newton’s panel against Newton', () => {
    const same = effectColumn(table, 6, 'newton');
    const [all] = pairAgreements(PAIRS[2]!, table.evaluations[6]!, groups, same, same);
    expect(all).toMatchObject({ spearman: 1, sameSign: 1, underestimated: 0, count: done });
  });

  it('say that nothing is there yet', () => {
    expect(agreementWords(PAIRS[0]!, [], 5)).toBe('no group has both effects yet');
  });
});

describe('the table of groups', () => {
  it('puts undefined effects last in either direction', () => {
    for (const descending of [true, false]) {
      const order = sortGroups(groups, table, 6, { key: 'actual', descending });
      const column = effectColumn(table, 6, 'actual')!;
      const values = order.map((index) => column[index]!);
      expect(values.slice(done).every(Number.isNaN)).toBe(true);
      for (let i = 1; i < done; i++) {
        expect(descending ? values[i - 1]! >= values[i]! : values[i - 1]! <= values[i]!).toBe(true);
      }
    }
  });

  it('sorts by size and keeps the study’s order among equals', () => {
    const order = sortGroups(groups, table, 6, { key: 'size', descending: false });
    for (let i = 1; i < order.length; i++) {
      const [a, b] = [groups[order[i - 1]!]!, groups[order[i]!]!];
      expect(a.size < b.size || (a.size === b.size && a.index < b.index)).toBe(true);
    }
  });
});

it('a group is told in a sentence, with its parameters', () => {
  expect(groupSentence({ ...groups[0]!, size: 1 }, 200)).toBe(
    '1 training row (0.50\u202f% of all), drawn at random from all training rows.',
  );
  const parameters = parameterList({ ...groups[0]!, parameters: { testRow: 54826, centre: 0.123456, note: null } });
  expect(parameters.slice(1)).toEqual([
    { name: 'test row', value: '54826' },
    { name: 'centre', value: '0.1235' },
  ]);
});

describe('the highest of the marked groups', () => {
  it('are those of a full sort, undefined effects last, ties in the study’s order', () => {
    const column = Float64Array.of(3, NaN, -1, 3, 0, 7, -0);
    expect(highestGroups(new Set([6, 5, 4, 3, 2, 1, 0]), column, 7)).toEqual([5, 0, 3, 4, 6, 2, 1]);
    expect(highestGroups(new Set([1, 2, 3]), column, 2)).toEqual([3, 2]);
    expect(highestGroups(new Set([2, 0]), null, 5)).toEqual([0, 2]);
  });
});
