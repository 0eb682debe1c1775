import { invalidInput } from '../../shared/errors.ts';
import type { Group } from '../../shared/group.ts';
import type { GroupSource } from '../../shared/study-spec.ts';

export type LeaveOneOut = Extract<GroupSource, { leaveOneOut: unknown }>['leaveOneOut'];

/** The rows `first` … `first + count − 1`. Throws invalidInput for a range that is empty or not within the training rows. */
export function leftOutRows(range: LeaveOneOut, trainRows: number): { first: number; count: number } {
  const { from, to = trainRows } = range === true ? { from: 0 } : range;
  if (from >= to || to > trainRows) {
    throw invalidInput(
      `groups: leaveOneOut from ${from} to ${to} names ${from >= to ? 'no row' : 'rows that are not there'}.`,
      `Training rows are numbered from 0 to ${trainRows - 1}; "to" is the first row that is left out of the range, at most ${trainRows}.`,
    );
  }
  return { first: from, count: to - from };
}

/**
 * One group per training row of the range, in row order: exact leave-one-out, once retrained (method §6).
 * Throws invalidInput as `leftOutRows` does.
 */
export function leaveOneOutGroups(range: LeaveOneOut, trainRows: number): Group[] {
  const { first, count } = leftOutRows(range, trainRows);
  return Array.from({ length: count }, (_, at): Group => {
    const row = first + at;
    return {
      id: `row-${row}`,
      origin: 'leaveOneOut',
      label: `row ${row}`,
      members: Int32Array.of(row),
      parameters: { row },
    };
  });
}
