/** Cost against error of the estimators, one panel per quantity, as shapes. Pure. */
import type { Ladder } from '../../shared/estimator-ladder.ts';
import { formatNumber } from '../../shared/format.ts';
import { ESTIMATOR_TITLE, QUANTITY_TITLE } from '../../shared/quantities.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { Figure, Shape } from './figure.ts';
import { curveSymbol } from './lambda-chart.ts';
import { decadeAxis, panelColumns, plotArea, words } from './plot-area.ts';

/** Errors smaller than this are as good as none: the axis ends here. */
const LEAST_ERROR = 1e-6;
const PANEL_HEIGHT = 250;
const LEFT = 72;

/** @param within the share of the actual effect that is good enough: a line across each panel */
export function ladderFigure(
  ladders: readonly Ladder[],
  { width, within, description }: { width: number; within: number; description: string },
  theme: ChartTheme,
): Figure {
  const columns = panelColumns(ladders.length, width, 300);
  const panelWidth = width / columns;
  const all = ladders.flatMap(({ rungs }) => rungs);
  const shown = (error: number): number => Math.max(LEAST_ERROR, error);
  const x = decadeAxis(
    all.map(({ seconds }) => 1000 * seconds),
    'time per group, ms',
  );
  const y = decadeAxis([...all.map(({ error90 }) => 100 * shown(error90)), 100 * within], 'error of 9 in 10 groups, %');
  const shapes: Shape[] = [];
  ladders.forEach(({ quantity, rungs }, at) => {
    const left = (at % columns) * panelWidth;
    const top = Math.floor(at / columns) * PANEL_HEIGHT;
    const box = { left: left + LEFT, top: top + 26, width: panelWidth - LEFT - 16, height: PANEL_HEIGHT - 74 };
    const area = plotArea(box, { x, y }, theme);
    shapes.push(
      {
        ...words(theme),
        x: box.left,
        y: top + 16,
        text: QUANTITY_TITLE[quantity],
        anchor: 'start',
        fill: theme.ink,
        bold: true,
      },
      ...area.shapes,
    );
    const line = area.y(Math.log10(100 * within));
    shapes.push({
      kind: 'polyline',
      points: [
        [box.left, line],
        [box.left + box.width, line],
      ],
      stroke: theme.accent,
      width: 1.5,
      dashed: true,
    });
    for (const { estimator, seconds, error90, medianError } of rungs) {
      if (!(seconds > 0) || !Number.isFinite(error90)) continue;
      const fill = theme.estimator(estimator);
      shapes.push({
        kind: 'mark',
        path: curveSymbol(estimator),
        x: area.x(Math.log10(1000 * seconds)),
        y: area.y(Math.log10(100 * shown(error90))),
        size: 12,
        fill,
        opacity: 1,
        outline: theme.surface,
        tip: `${ESTIMATOR_TITLE[estimator]}: ${formatNumber(1000 * seconds, 3)} ms a group, 9 in 10 groups within ${formatNumber(100 * error90, 3)} %, median ${formatNumber(100 * medianError, 3)} %`,
      });
    }
  });
  return {
    width,
    height: Math.ceil(ladders.length / columns) * PANEL_HEIGHT,
    background: theme.surface,
    font: theme.fontText,
    description,
    shapes,
  };
}
