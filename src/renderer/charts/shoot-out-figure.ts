/** Methods by what they cost and how far they agree with retraining, as shapes: the same on screen and in exports. Pure. */
import type { Agreement, ShootOutResult } from '../../shared/attribution.ts';
import { formatCorrelation, formatDuration } from '../../shared/format.ts';
import type { ChartTheme } from './chart-theme.ts';
import { GROUP_PATH } from './chart-theme.ts';
import type { Figure, Shape } from './figure.ts';
import { cutTo, decadeAxis, legendShapes, niceAxis, plotArea, words } from './plot-area.ts';

/** What is plotted of a method: single rows and groups, each against the truth. */
const SETS = [
  { key: 'points', title: 'single rows', path: GROUP_PATH.leaveOneOut },
  { key: 'groups', title: 'groups', path: GROUP_PATH.featureClusters },
] as const;

const HEIGHT = 330;
const LEFT = 68;

export function shootOutFigure(result: ShootOutResult, width: number, theme: ChartTheme, description: string): Figure {
  const ran = result.methods.filter(({ failure }) => failure === null);
  const colour = { points: theme.estimator('influence'), groups: theme.estimator('newton') };
  const bounds = ran.flatMap(({ points, groups }) =>
    [points, groups].flatMap((agreement) =>
      agreement === null ? [] : [agreement.pearson.estimate, agreement.pearson.low, agreement.pearson.high, 1],
    ),
  );
  // A method quicker than a tenth of a millisecond is as good as free.
  const secondsOf = ({ seconds }: { seconds: number }): number => Math.max(1e-4, seconds);
  const x = decadeAxis(ran.map(secondsOf), 'time it took', formatDuration);
  const y = niceAxis(bounds, 'correlation with retraining', { zero: true });
  const box = { left: LEFT, top: 30, width: width - LEFT - 24, height: HEIGHT - 78 };
  const area = plotArea(box, { x, y }, theme);
  const shapes: Shape[] = [
    ...legendShapes(
      SETS.map(({ key, title, path }) => ({ title, colour: colour[key], path })),
      LEFT,
      14,
      theme,
    ),
    ...area.shapes,
  ];
  const places: { x: number; y: number }[] = [];
  for (const method of ran) {
    const at = area.x(Math.log10(secondsOf(method)));
    for (const { key, title, path } of SETS) {
      const agreement: Agreement | null = method[key];
      if (agreement === null || !Number.isFinite(agreement.pearson.estimate)) continue;
      const { estimate, low, high } = agreement.pearson;
      // The two marks of a method stand side by side.
      const own = at + (key === 'points' ? -4 : 4);
      if (Number.isFinite(low)) {
        shapes.push({
          ...{ kind: 'line', x0: own, x1: own, y0: area.y(low), y1: area.y(high) },
          ...{ stroke: colour[key], width: 1.5 },
        });
      }
      shapes.push({
        ...{ kind: 'mark', path, x: own, y: area.y(estimate), size: 9, fill: colour[key], opacity: 1 },
        outline: theme.surface,
        tip: `${method.title}, ${title}: r ${formatCorrelation(estimate)}${Number.isFinite(low) ? ` [${formatCorrelation(low)}, ${formatCorrelation(high)}]` : ''}, ${formatDuration(method.seconds)}`,
      });
    }
    const value = method.points?.pearson.estimate ?? method.groups?.pearson.estimate ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    places.push(labelPlace(at, area.y(value), places, box));
    const place = places[places.length - 1]!;
    const toLeft = at > box.left + box.width * 0.72;
    shapes.push({
      ...words(theme),
      ...{ x: place.x + (toLeft ? -14 : 14), y: place.y + 4, text: cutTo(method.title, 200) },
      anchor: toLeft ? 'end' : 'start',
      fill: theme.ink,
    });
  }
  return { width, height: HEIGHT, background: theme.surface, font: theme.fontText, description, shapes };
}

/** As near to its mark as the names before it leave room. */
function labelPlace(
  x: number,
  y: number,
  taken: readonly { x: number; y: number }[],
  box: { top: number; height: number },
): { x: number; y: number } {
  const free = (at: number): boolean =>
    at >= box.top + 4 &&
    at <= box.top + box.height - 4 &&
    taken.every((other) => Math.abs(other.y - at) >= 13 || Math.abs(other.x - x) > 190);
  for (let step = 0; step < 24; step++) {
    const at = y + (step % 2 === 0 ? 1 : -1) * Math.ceil(step / 2) * 7;
    if (free(at)) return { x, y: at };
  }
  return { x, y };
}
