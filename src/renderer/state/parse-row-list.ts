/** Row lists as people paste or keep them: numbers, ranges, JSON. Pure. */
import { invalidInput } from '../../shared/errors.ts';
import { formatCount } from '../../shared/format.ts';

export interface RowList {
  /** Empty where the list has no name of its own. */
  name: string;
  rows: number[];
  /** Rows named more than once; they are counted once. */
  repeats: number;
}

/**
 * "12, 7 104", "10-19", one per line; or a JSON list of numbers, or of groups as in groups.json.
 * @param trainRows rows are numbered from 0 to trainRows − 1
 * @returns one list, or one per group of a groups.json
 * @throws LeverageError 'invalidInput' naming what can not be read
 */
export function parseRowLists(text: string, trainRows: number): RowList[] {
  const trimmed = text.trim().replace(/^\ufeff/, '');
  if (trimmed.startsWith('[')) return fromJson(trimmed, trainRows);
  const rows: number[] = [];
  for (const part of trimmed.split(/[\s,;]+/)) if (part !== '') rows.push(...rowsOfPart(part, trainRows));
  return [listOf('', rows, trainRows)];
}

function rowsOfPart(part: string, trainRows: number): number[] {
  const range = /^(\d+)(?:-|–|\.\.)(\d+)$/.exec(part);
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    if (to < from) throw invalidInput(`“${part}” ends before it begins.`, 'Write the smaller row first: 10-19.');
    refuseOutside(to, trainRows);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  }
  if (!/^\d+$/.test(part)) {
    throw invalidInput(
      `“${part.slice(0, 40)}” is no row number.`,
      'Row numbers are separated by commas or spaces: 12, 7, 100-120.',
    );
  }
  return [Number(part)];
}

function fromJson(text: string, trainRows: number): RowList[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw invalidInput(`This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}.`);
  }
  if (!Array.isArray(value)) throw invalidInput('This is no list of rows.');
  if (value.every((entry): entry is number => typeof entry === 'number')) return [listOf('', value, trainRows)];
  return value.map((entry: unknown, at) => {
    const group = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : {};
    const { id, label, members } = group;
    if (!Array.isArray(members) || !members.every((row): row is number => typeof row === 'number')) {
      throw invalidInput(
        `Entry ${at} of the list has no “members” that are rows.`,
        'A group is {"id": "g1", "members": [0, 5, 9]}.',
      );
    }
    const name = [label, id].find((candidate) => typeof candidate === 'string' && candidate !== '');
    return listOf(typeof name === 'string' ? name : `group ${at}`, members, trainRows);
  });
}

function listOf(name: string, given: readonly number[], trainRows: number): RowList {
  for (const row of given) refuseOutside(row, trainRows);
  const rows = [...new Set(given)].sort((a, b) => a - b);
  return { name, rows, repeats: given.length - rows.length };
}

function refuseOutside(row: number, trainRows: number): void {
  if (Number.isInteger(row) && row >= 0 && row < trainRows) return;
  throw invalidInput(
    `${row} is no training row.`,
    `Training rows are numbered from 0 to ${formatCount(trainRows - 1)}.`,
  );
}
