/** The bench's table: what is promised of each workload, what was measured, and whether it is kept. */

export interface Row {
  workload: string;
  against: string;
  promised: string;
  /** In words; "not measured" with the reason where it was not. */
  measured: string;
  /** Null where it was not measured, or measured on less than the promise is about. */
  met: boolean | null;
  device: string;
}

const TITLES = ['workload', 'against', 'promised', 'measured', 'kept', 'device'] as const;

/** A ratio that is to be at least `least`. */
export function atLeast(
  given: Pick<Row, 'workload' | 'against' | 'device'>,
  least: number,
  ratio: number,
  note = '',
): Row {
  return { ...given, promised: `≥ ${least} ×`, measured: `${roundedDown(ratio)} ×${note}`, met: ratio >= least };
}

/** A ratio that is to be at most `most`. */
export function atMost(
  given: Pick<Row, 'workload' | 'against' | 'device'>,
  most: number,
  ratio: number,
  note = '',
): Row {
  return { ...given, promised: `≤ ${most} ×`, measured: `${ratio.toFixed(2)} ×${note}`, met: ratio <= most };
}

/** Never shown as the promise when it is a little below. */
function roundedDown(ratio: number): string {
  return ratio >= 20 ? Math.floor(ratio).toString() : (Math.floor(10 * ratio) / 10).toFixed(1);
}

export function markdownTable(rows: readonly Row[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(TITLES), line(TITLES.map(() => '---')), ...rows.map((row) => line(cells(row)))];
}

export function textTable(rows: readonly Row[]): string[] {
  const lines = [TITLES as readonly string[], ...rows.map(cells)];
  const widths = TITLES.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}

function cells({ workload, against, promised, measured, met, device }: Row): string[] {
  return [workload, against, promised, measured, met === null ? '—' : met ? 'yes' : 'no', device];
}
