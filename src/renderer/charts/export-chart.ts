/** Hands a chart to the person: as a picture, as the numbers that are plotted, or on the clipboard. */
import { LeverageError } from '../../shared/errors.ts';
import { csvRecord, type CsvValue } from '../../shared/csv.ts';
import { figureSvg, paintFigure, type Figure } from './figure.ts';

/** A chart that can be exported. Made when it is asked for: pictures are dear. */
export interface ChartExport {
  /** Of the file, without its ending. */
  name: string;
  figure: () => Figure;
  /** Exactly what is plotted: one record per mark or point. */
  table: () => PlottedTable;
}

export interface PlottedTable {
  /** What the numbers are: study, quantity, sign convention … */
  about: Record<string, string>;
  columns: string[];
  rows: CsvValue[][];
}

/** Twice the size on screen, for print and for dense screens. */
const PNG_SCALE = 2;

export const EXPORT_FORMATS = ['png', 'svg', 'csv', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The file of a format; its name is safe on every system. */
export async function chartFile(
  chart: ChartExport,
  format: ExportFormat,
): Promise<{ name: string; bytes: Uint8Array }> {
  const name = `${fileName(chart.name)}.${format}`;
  if (format === 'png') return { name, bytes: new Uint8Array(await (await pngOf(chart.figure())).arrayBuffer()) };
  const text =
    format === 'svg'
      ? figureSvg(chart.figure())
      : format === 'csv'
        ? tableCsv(chart.table())
        : tableJson(chart.table());
  return { name, bytes: new TextEncoder().encode(text) };
}

/** @throws LeverageError 'unavailable' where the browser does not give the clipboard */
export async function copyChart(chart: ChartExport): Promise<void> {
  try {
    // The picture is promised, not awaited: the clipboard is given only within the click itself.
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': pngOf(chart.figure()) })]);
  } catch (cause) {
    throw new LeverageError(
      'unavailable',
      'The picture could not be copied: the clipboard was not given to this window.',
      'Save it as PNG instead.',
      { cause },
    );
  }
}

/** Every digit of the doubles; the facts about them are repeated in each record, so that tables can be joined. */
export function tableCsv({ about, columns, rows }: PlottedTable): string {
  const facts = Object.values(about);
  return [csvRecord([...Object.keys(about), ...columns]), ...rows.map((row) => csvRecord([...facts, ...row]))].join('');
}

export function tableJson({ about, columns, rows }: PlottedTable): string {
  const records = rows.map((row) => Object.fromEntries(columns.map((column, k) => [column, row[k]])));
  return `${JSON.stringify({ ...about, rows: records }, null, 1)}\n`;
}

/** Letters, digits, dots and dashes of `name`; never empty. */
export function fileName(name: string): string {
  const plain = name.replaceAll(/[^\p{Letter}\p{Number}._-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/g, '');
  return plain === '' ? 'chart' : plain.slice(0, 120);
}

function pngOf(figure: Figure): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = figure.width * PNG_SCALE;
  canvas.height = figure.height * PNG_SCALE;
  const context = canvas.getContext('2d');
  if (context !== null) paintFigure(context, figure, PNG_SCALE);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) =>
      blob === null
        ? reject(new LeverageError('internal', 'The picture could not be made.', 'Save it as SVG instead.'))
        : resolve(blob),
    ),
  );
}
