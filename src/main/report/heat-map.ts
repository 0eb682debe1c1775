/** Groups × slices as coloured cells in inline SVG: what removing each group does to each slice. */
import { escapeHtml } from './html.ts';

export interface HeatCell {
  value: number;
  /** Drawn with a dot: more than chance. */
  marked: boolean;
  title: string;
}

export interface HeatMap {
  rows: readonly string[];
  columns: readonly string[];
  /** By row, then column. */
  cells: readonly (readonly HeatCell[])[];
  description: string;
}

const CELL = { width: 44, height: 22 };
const LABEL_LETTERS = 26;
const LABEL_WIDTH = 178;
const HEAD = 62;

/** Two colours by sign; the strength of a cell is its value relative to the largest. */
export function heatMapSvg({ rows, columns, cells, description }: HeatMap): string {
  const most = cells.flat().reduce((largest, { value }) => Math.max(largest, Math.abs(value) || 0), 0) || 1;
  const width = LABEL_WIDTH + CELL.width * columns.length + 34;
  const height = HEAD + CELL.height * rows.length + 8;
  const parts = columns.map((name, c) => {
    const x = LABEL_WIDTH + CELL.width * (c + 0.5);
    return `<text x="${x}" y="${HEAD - 8}" transform="rotate(-35 ${x} ${HEAD - 8})" font-size="10.5" fill="var(--ink-3)">${escapeHtml(cut(name, 12))}</text>`;
  });
  rows.forEach((name, r) => {
    const y = HEAD + CELL.height * r;
    parts.push(
      `<text x="${LABEL_WIDTH - 8}" y="${y + 15}" text-anchor="end" font-size="11" fill="var(--ink-2)"><title>${escapeHtml(name)}</title>${escapeHtml(cut(name, LABEL_LETTERS))}</text>`,
    );
    cells[r].forEach(({ value, marked, title }, c) => {
      const x = LABEL_WIDTH + CELL.width * c;
      const colour =
        value >= 0
          ? 'var(--positiveInfluence,var(--group-positiveInfluence))'
          : 'var(--sharedFeature,var(--group-sharedFeature))';
      // A square root, so that cells far below the largest are still seen to have a sign.
      const strength = Number.isFinite(value) ? Math.sqrt(Math.abs(value) / most) : 0;
      parts.push(
        `<rect x="${x + 1}" y="${y + 1}" width="${CELL.width - 2}" height="${CELL.height - 2}" rx="2" fill="${colour}" fill-opacity="${(0.04 + 0.86 * strength).toFixed(3)}"><title>${escapeHtml(title)}</title></rect>`,
      );
      if (marked)
        parts.push(
          `<circle cx="${x + CELL.width / 2}" cy="${y + CELL.height / 2}" r="2.6" fill="var(--ink)" pointer-events="none"/>`,
        );
    });
  });
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escapeHtml(description)}">${parts.join('')}</svg>`;
}

function cut(text: string, letters: number): string {
  const characters = [...text];
  return characters.length <= letters ? text : `${characters.slice(0, letters - 1).join('')}…`;
}
