/** What is exported of a panel of a comparison: its picture and the numbers behind each mark. Pure. */
import type { Cone } from '../../charts/cone.ts';
import type { ChartTheme } from '../../charts/chart-theme.ts';
import type { ChartExport, PlottedTable } from '../../charts/export-chart.ts';
import type { AxisPair } from '../../charts/axis-range.ts';
import type { Points } from '../../charts/points.ts';
import { scatterFigure } from '../../charts/scatter-figure.ts';
import type { GroupSummary } from '../../../shared/study.ts';

export interface ExportedScatter {
  /** Of the file and of the picture. */
  title: string;
  subtitle: string;
  words: string;
  /** The sign convention in words. */
  sign: string;
  xTitle: string;
  yTitle: string;
  /** Column names of the two effects. */
  x: string;
  y: string;
  points: Points;
  axes: AxisPair;
  cone?: Cone | null;
  groups: readonly GroupSummary[];
  brushed: ReadonlySet<number> | null;
  theme: ChartTheme;
  /** Study, dataset, quantity, target …: repeated in every record. */
  about: Record<string, string>;
}

export function scatterExport(chart: ExportedScatter): ChartExport {
  return { name: `${chart.title} ${chart.subtitle}`, figure: () => scatterFigure(chart), table: () => plotted(chart) };
}

/** One record per mark, in the study's order. */
function plotted({ points, groups, brushed, about, x, y }: ExportedScatter): PlottedTable {
  const order = [...points.group.keys()].sort((a, b) => points.group[a]! - points.group[b]!);
  return {
    about,
    columns: ['group', 'label', 'constructor', 'size', x, y, 'marked'],
    rows: order.map((mark) => {
      const index = points.group[mark]!;
      const group = groups[index];
      return [
        group?.id ?? String(index),
        group?.label ?? '',
        group?.origin ?? '',
        group?.size ?? NaN,
        points.x[mark]!,
        points.y[mark]!,
        brushed?.has(index) ?? false,
      ];
    }),
  };
}
