import { describe, expect, it } from 'vitest';
import { parseRowLists } from '../../src/renderer/state/parse-row-list.ts';
import { toFailure } from '../../src/shared/errors.ts';

function refusal(text: string): string {
  try {
    parseRowLists(text, 200);
  } catch (thrown) {
    return toFailure(thrown).message;
  }
  throw new Error('expected a refusal');
}

describe('a list of rows', () => {
  it('is read however people separate its numbers, with ranges, repeats counted once', () => {
    expect(parseRowLists('12, 7\n104;7  10-13 7', 200)).toEqual([
      { name: '', rows: [7, 10, 11, 12, 13, 104], repeats: 3 },
    ]);
  });

  it('is read from JSON: numbers, or the groups of a groups.json', () => {
    expect(parseRowLists('[3, 1]', 200)).toEqual([{ name: '', rows: [1, 3], repeats: 0 }]);
    const groups = [
      { id: 'g1', label: 'worker 17', members: [5, 0] },
      { id: 'g2', members: [9] },
    ];
    expect(parseRowLists(JSON.stringify(groups), 200)).toEqual([
      { name: 'worker 17', rows: [0, 5], repeats: 0 },
      { name: 'g2', rows: [9], repeats: 0 },
    ]);
  });

  it('is refused where it is no list of training rows, naming the place', () => {
    expect(refusal('1, seven')).toContain('“seven” is no row number');
    expect(refusal('1, 200')).toContain('200 is no training row');
    expect(refusal('10-4')).toContain('ends before it begins');
    expect(refusal('0-300')).toContain('300 is no training row');
    expect(refusal('[1, ')).toContain('not JSON');
    expect(refusal('[{"id": "a"}]')).toContain('Entry 0');
    expect(refusal('[1.5]')).toContain('1.5 is no training row');
  });
});
