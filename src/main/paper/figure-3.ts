/** Figure 3: the two counterexamples; computed here (they are tiny), the one of scale also as a study. */
import type { ClaimRow, PaperChart } from '../../shared/paper.ts';
import { paperStudies } from '../../shared/paper-studies.ts';
import { plotSvg } from '../report/plot-chart.ts';
import { counterexamples } from '../theory/counterexamples.ts';
import type { Counterexamples } from '../theory/counterexamples.ts';
import type { PaperFigure } from './figure.ts';

export const figure3: PaperFigure = {
  id: '3',
  number: 'Figure 3',
  title: 'Counterexamples',
  slow: true,
  question: 'Can influence and Newton disagree in sign and in scale?',
  finding:
    'Yes, on data made for it: effects of opposite sign, and groups whose Newton effect is up to eight times their influence.',
  experiments: (data, scale) => data.flatMap((dataset) => paperStudies('3', dataset, scale)),
  claims: async (results) => {
    const start = performance.now();
    const { claims } = await computed();
    const seconds = (performance.now() - start) / 1000;
    return claims.map(({ id, statement, expected, found, met, how }): ClaimRow => ({
      id: `3/${id}`,
      figure: '3',
      statement,
      paperValue: expected,
      ourValue: found,
      met,
      how,
      studies: results.map((result) => result.id),
      seconds,
    }));
  },
  charts: async () => {
    const { points, sign } = await computed();
    return [signChart(points.sign, sign.agreement[0].pairs), scaleChart(points.scale), factorChart(points.scale)];
  },
};

let once: Promise<Counterexamples> | null = null;

/** The data are fixed: computed once per process. */
function computed(): Promise<Counterexamples> {
  once ??= counterexamples().catch((thrown: unknown) => {
    once = null;
    throw thrown;
  });
  return once;
}

function signChart(points: Counterexamples['points']['sign'], pairs: number): PaperChart {
  const opposite = points.filter(({ influence, newton }) => Math.sign(influence) !== Math.sign(newton)).length;
  const caption = `The ${pairs} pairs of rows whose parameter changes point apart most, on the margin of one test point: ${opposite} of opposite sign.`;
  return {
    title: 'Left · sign: Newton against influence',
    caption,
    svg: plotSvg({
      points: points.map(({ rows, influence, newton }) => ({
        x: influence,
        y: newton,
        mark: 'positiveInfluence',
        title: `rows ${rows.join(' and ')}`,
      })),
      x: { title: 'influence: change of test margin' },
      y: { title: 'Newton: change of test margin' },
      description: `Newton against influence. ${caption}`,
    }),
  };
}

const POINT_MARKS = ['⬢', '▲', '✕', '◆'];

function scaleChart(points: Counterexamples['points']['scale']): PaperChart {
  const caption = `The first m copies of each of four points (${POINT_MARKS.map((mark, point) => `${mark} point ${point + 1}`).join(', ')}); the line is y = x.`;
  return {
    title: 'Right · scale: Newton against influence',
    caption,
    svg: plotSvg({
      points: points.map(({ point, copies, influence, newton }) => ({
        x: influence,
        y: newton,
        mark: { series: point },
        title: `${copies} copies of point ${point + 1}`,
      })),
      x: { title: 'influence: change of test margin' },
      y: { title: 'Newton: change of test margin' },
      equal: true,
      description: `Newton against influence. ${caption}`,
    }),
  };
}

function factorChart(points: Counterexamples['points']['scale']): PaperChart {
  const caption =
    'Proposition 4: Newton = d(w) · influence for copies of one point. Lines: d(w) in closed form; marks: Newton / influence.';
  return {
    title: 'Proposition 4 · d(w) against the number of copies',
    caption,
    svg: plotSvg({
      points: points.map(({ point, copies, influence, newton }) => ({
        x: copies,
        y: newton / influence,
        mark: { series: point },
        title: `${copies} copies of point ${point + 1}`,
      })),
      lines: [0, 1, 2, 3].map((point) => ({
        series: point,
        points: points.filter((one) => one.point === point).map(({ copies, factor }) => [copies, factor] as const),
      })),
      x: { title: 'copies removed' },
      y: { title: 'd(w)' },
      description: caption,
    }),
  };
}
