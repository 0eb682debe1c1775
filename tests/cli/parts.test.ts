import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from '../../src/main/cli/json-position.ts';
import { editDistance, nearest } from '../../src/main/cli/nearest.ts';
import { progressLine } from '../../src/main/cli/progress-line.ts';
import { textTable } from '../../src/main/cli/text-table.ts';

describe('where a text stops being JSON', () => {
  it('finds a fault exactly where JSON.parse does', () => {
    const nearJson = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '}', ']', '"', '\\', '0', 'x', '\n', ':', '//', '-', 'e', '.'),
      )
      .map(([text, where, inserted]) => {
        const at = where % (text.length + 1);
        return text.slice(0, at) + inserted + text.slice(at + (where % 2));
      });
    fc.assert(
      fc.property(fc.oneof(nearJson, fc.json(), fc.string()), (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(jsonFault(text) === null).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"a": 1,}', 1, 8, 'comma before "}"'],
    ['{"a": 1\n "b": 2}', 2, 2, '"," or "}" is expected'],
    ["{'a': 1}", 1, 2, 'double quotes'],
    ['{"a": \'x\'}', 1, 7, 'double quotes'],
    ['{"a": 1 // no\n}', 1, 9, '"," or "}" is expected'],
    ['// no\n{}', 1, 1, 'no comments'],
    ['{"a": [1, 2', 1, 12, 'the file ends'],
    ['', 1, 1, 'the file ends'],
    ['{"a": "x}', 1, 10, 'closing quote'],
    ['{} {}', 1, 4, 'nothing more'],
  ])('tells line, column and reason of %j', (text, line, column, reason) => {
    const fault = jsonFault(text);
    expect(fault).toMatchObject({ line, column });
    expect(fault?.reason).toContain(reason);
  });
});

describe('the nearest word', () => {
  it('is a metric on short words', () => {
    const word = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('takes a swap of neighbours for one slip', () => {
    expect(editDistance('rnu', 'run')).toBe(1);
  });

  it('suggests nothing far away', () => {
    expect(nearest('completely', ['run', 'list'])).toBeNull();
  });
});

describe('a table of text', () => {
  it('aligns by what the terminal shows, and lets no escape sequence through', () => {
    const lines = textTable(
      [
        { title: 'name', align: 'left' },
        { title: 'n', align: 'right' },
      ],
      [
        ['漢字', '1'],
        ['a\u001b[31mb\nc', '1 000'],
      ],
    );
    expect(lines).toEqual(['name           n', '漢字           1', 'a [31mb c  1 000']);
  });
});

describe('progress', () => {
  const progress = (groupsDone: number, groupsTotal = 40) => ({
    stage: 'retrain' as const,
    groupsDone,
    groupsTotal,
    rate: 12.34,
    secondsLeft: 9,
  });

  it('writes a plain line for each stage and each tenth when nobody watches', () => {
    let said = '';
    const line = progressLine({ write: (text) => void (said += text), terminal: false, columns: () => 80 });
    line.study({ ...progress(0, 0), stage: 'fit' });
    for (let done = 0; done <= 40; done++) line.study(progress(done));
    line.finish();
    const lines = said.trimEnd().split('\n');
    expect(lines).toHaveLength(2 + 10);
    expect(lines[0]).toBe('Fitting the model …');
    expect(lines[2]).toBe('4/40 groups · 10 % · 12 groups/s · 9.0 s left');
    expect(said).not.toContain('\u001b');
    expect(said).not.toContain('\r');
  });

  it('draws over one line of a terminal, never wider than it, and takes it away', () => {
    const written: string[] = [];
    const line = progressLine({ write: (text) => void written.push(text), terminal: true, columns: () => 40 });
    line.study(progress(10));
    line.study(progress(20));
    line.finish();
    for (const text of written) {
      expect(text.startsWith('\r\u001b[2K')).toBe(true);
      expect([...text.slice(5)].length).toBeLessThan(40);
      expect(text).not.toContain('\n');
    }
    expect(written[0]).toContain('10/40');
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });
});
