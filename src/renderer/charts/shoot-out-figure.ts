/** Methods by how far they agree with retraining and how long they took, as shapes: the same on screen and in exports. Pure. */
import type { ShootOutResult } from '../../shared/attribution.ts';
import { formatCorrelation, formatDuration } from '../../shared/format.ts';
import type { ChartTheme } from './chart-theme.ts';
import { GROUP_PATH } from './chart-theme.ts';
import type { Figure, Shape } from './figure.ts';
import { cutTo, decadeAxis, legendShapes, niceAxis, plotArea, words } from './plot-area.ts';

/** What is plotted of a method: single rows and groups, each against the truth. */
const SETS = [
  { key: 'points', title: 'single rows', path: GROUP_PATH.leaveOneOut, below: -4 },
  { key: 'groups', title: 'groups', path: GROUP_PATH.featureClusters, below: 5 },
] as const;

const ROW = 30;
const TOP = 30;
const BOTTOM = 46;

/** A line per method in the order of the table: correlations with their intervals on the left, the time on the right. */
export function shootOutFigure(result: ShootOutResult, width: number, theme: ChartTheme, description: string): Figure {
  const ran = result.methods.filter(({ failure }) => failure === null);
  const colour = { points: theme.estimator('influence'), groups: theme.estimator('newton') };
  const height = TOP + ran.length * ROW + BOTTOM;
  const labels = Math.min(190, Math.max(110, width * 0.22));
  const room = width - labels - 24;
  const [left, right] = [room * 0.58, room * 0.34];
  const bounds = ran.flatMap(({ points, groups }) =>
    [points, groups].flatMap((agreement) =>
      agreement === null ? [] : [agreement.pearson.estimate, agreement.pearson.low, agreement.pearson.high, 1],
    ),
  );
  // A method quicker than a tenth of a millisecond is as good as free.
  const secondsOf = ({ seconds }: { seconds: number }): number => Math.max(1e-4, seconds);
  const lines = { from: 0, to: 1, ticks: [], title: '' };
  const box = { top: TOP, height: ran.length * ROW };
  const agreement = plotArea(
    { ...box, left: labels, width: left },
    { x: niceAxis(bounds, 'correlation r with exact retraining'), y: lines },
    theme,
  );
  const time = plotArea(
    { ...box, left: labels + room - right, width: right },
    { x: decadeAxis(ran.map(secondsOf), 'time it took', formatDuration), y: lines },
    theme,
  );
  const shapes: Shape[] = [
    ...legendShapes(
      SETS.map(({ key, title, path }) => ({ title, colour: colour[key], path })),
      labels,
      14,
      theme,
    ),
    ...agreement.shapes,
    ...time.shapes,
  ];
  ran.forEach((method, line) => {
    const middle = TOP + (line + 0.5) * ROW;
    shapes.push({
      ...words(theme),
      ...{ x: labels - 10, y: middle + 4, text: cutTo(method.title, labels - 12), anchor: 'end', fill: theme.ink },
    });
    for (const { key, title, path, below } of SETS) {
      const found = method[key];
      if (found === null || !Number.isFinite(found.pearson.estimate)) continue;
      const { estimate, low, high } = found.pearson;
      const y = middle + below;
      const interval = Number.isFinite(low) ? ` [${formatCorrelation(low)}, ${formatCorrelation(high)}]` : '';
      if (interval !== '')
        shapes.push({
          ...{ kind: 'line', x0: agreement.x(low), x1: agreement.x(high), y0: y, y1: y },
          ...{ stroke: colour[key], width: 1.5 },
        });
      shapes.push({
        ...{ kind: 'mark', path, x: agreement.x(estimate), y, size: 8, fill: colour[key], opacity: 1 },
        outline: theme.surface,
        tip: `${method.title}, ${title}: r ${formatCorrelation(estimate)}${interval}, ${formatDuration(method.seconds)}`,
      });
    }
    shapes.push({
      ...{ kind: 'mark', path: GROUP_PATH.randomWithinClass, x: time.x(Math.log10(secondsOf(method))), y: middle },
      ...{ size: 9, fill: theme.ink, opacity: 1, outline: null },
      tip: `${method.title}: ${formatDuration(method.seconds)}`,
    });
  });
  return { width, height, background: theme.surface, font: theme.fontText, description, shapes };
}
