/** Row lists that come from people: checked, and brought into the canonical order. */
import { invalidInput } from '../../shared/errors.ts';

/**
 * `rows` ascending. Refuses, with the position, a number that is no training row, and a row named twice.
 * An empty list is a legal group: nothing is removed.
 * @param where what the list is, as the sentence names it: `groups.json: group "g1"`
 */
export function trainingRows(rows: readonly number[], count: number, where: string): Int32Array {
  const firstSeen = new Map<number, number>();
  rows.forEach((row, index) => {
    if (!Number.isInteger(row) || row < 0 || row >= count) {
      throw invalidInput(
        `${where}: members[${index}] is ${row}, which is no training row.`,
        `Training rows are whole numbers from 0 to ${count - 1}.`,
      );
    }
    const first = firstSeen.get(row);
    if (first !== undefined) {
      throw invalidInput(
        `${where}: members[${index}] repeats row ${row}, already at members[${first}].`,
        'Name every row once.',
      );
    }
    firstSeen.set(row, index);
  });
  return Int32Array.from(rows).sort();
}

/** Refuses an id that an earlier group of the list has. */
export function refuseRepeatedIds(ids: readonly string[], where: string): void {
  const firstSeen = new Map<string, number>();
  ids.forEach((id, index) => {
    const first = firstSeen.get(id);
    if (first !== undefined) {
      throw invalidInput(
        `${where}: groups ${first} and ${index} have the same id "${id}".`,
        'Give every group an id of its own.',
      );
    }
    firstSeen.set(id, index);
  });
}
