/** Figure 4 left and middle, C.5–C.7: labeling functions as groups; what goes with their influence. */
import { formatCorrelation, formatCount, formatShare, formatSigned } from '../../shared/format.ts';
import type { Dataset } from '../../shared/dataset.ts';
import type { ClaimRow, PaperChart } from '../../shared/paper.ts';
import { knownDataset, paperStudies, VOTER_COLUMN } from '../../shared/paper-studies.ts';
import type { Evaluation } from '../../shared/quantities.ts';
import { spearman } from '../../shared/statistics.ts';
import { targetWords } from '../report/report-words.ts';
import { effectColumn } from '../report/effect-column.ts';
import { plotSvg } from '../report/plot-chart.ts';
import { comparisonChart } from './comparison-chart.ts';
import { pairsOf, rho } from './effects-of.ts';
import { claimOf, datasetTitle } from './figure.ts';
import type { PaperFigure, PaperResult } from './figure.ts';

/** One function: a group of the study. */
interface Voter {
  group: number;
  name: string;
  /** Candidates it votes on, as a share of all. */
  coverage: number;
  /** Share of its votes that are right; NaN where the truth is not in the data. */
  precision: number;
  /** The class it votes for most. */
  vote: number;
}

const GOLD = ['gold', 'gold_train'];
const STAND_IN =
  ' The functions and features are a stand-in’s, not the paper’s; with few functions on each side a rank correlation is uncertain.';

export const labelingFunctions: PaperFigure = {
  id: '4-left',
  number: 'Figure 4, left and middle; C.5–C.7',
  title: 'Labeling functions',
  question: 'What does a labeling function do to the model, and can it be told from its coverage or precision?',
  finding:
    'Influence and actual effect of a function agree at ρ = 1; influence goes with coverage and not with precision.',
  experiments: (data, scale) => data.flatMap((dataset) => paperStudies('4-left', dataset, scale)),
  claims: (results) => results.flatMap(claimsOf),
  charts: (results) => results.flatMap(chartsOf),
};

/** Mean test loss of each class. */
function classSlices(result: PaperResult): Evaluation[] {
  return result.input().evaluations.filter(({ target }) => target.startsWith('class='));
}

export function voters(result: PaperResult): Voter[] {
  const { groups } = result.input();
  const dataset = result.dataset();
  const target = dataset.columns.find(({ role }) => role === 'target');
  const gold = dataset.columns.find(({ name }) => GOLD.includes(name));
  const candidate = dataset.columns.find(({ name }) => name === 'candidate');
  const valueOf = (column: Dataset['columns'][number] | undefined, row: number): string => {
    if (column === undefined) return '';
    if (column.kind === 'category') return column.levels[column.codes[row]] ?? '';
    return String(column.values[row]);
  };
  const { classes } = result.summary;
  const all = new Set(Array.from({ length: dataset.trainRows }, (_, row) => valueOf(candidate, row)));
  return groups.flatMap(({ origin, members, parameters }, group) => {
    if (origin !== 'natural' || parameters['column'] !== VOTER_COLUMN) return [];
    const counts = classes.map(() => 0);
    let right = 0;
    for (const row of members) {
      const label = classes.indexOf(valueOf(target, row));
      if (label >= 0) counts[label]++;
      if (valueOf(target, row) === valueOf(gold, row)) right++;
    }
    const covered =
      candidate === undefined ? members.length : new Set(Array.from(members, (row) => valueOf(candidate, row))).size;
    return [
      {
        group,
        name: `function ${String(parameters['value'])}`,
        coverage: covered / (candidate === undefined ? dataset.trainRows : all.size),
        precision: gold === undefined ? NaN : right / members.length,
        vote: counts.indexOf(Math.max(...counts)),
      },
    ];
  });
}

function claimsOf(result: PaperResult): ClaimRow[] {
  const input = result.input();
  const known = voters(result);
  const slices = classSlices(result);
  if (slices.length === 0 || known.length < 3) return [];
  const rhos = slices.map((evaluation) => rho(pairsOf(input, evaluation, 'influence')));
  const reason = knownDataset(result.summary) === 'cdr' ? STAND_IN : '';
  const agreed = Math.min(...rhos);
  const rows = [
    claimOf('4-left', result, 'rho', {
      statement: 'influence ranks the labeling functions, on the test loss of each class',
      paperValue: 'ρ = 1',
      ourValue: slices.map(({ target }, k) => `ρ = ${formatCorrelation(rhos[k])} on ${targetWords(target)}`).join(', '),
      met: agreed >= 0.95,
      how: `Spearman’s ρ over ${formatCount(known.length)} functions, rows weighted by 1 / votes on the candidate; met from .95 up, which rounds to 1.0.${agreed >= 0.95 ? '' : reason}`,
    }),
  ];
  slices.forEach((evaluation, label) => {
    const influence = effectColumn(input.effects, evaluation, 'influence');
    const same = known.filter(({ vote }) => vote === label);
    const against = (pick: (voter: Voter) => number) =>
      spearman(
        Float64Array.from(same, ({ group }) => Math.abs(influence[group])),
        Float64Array.from(same, pick),
      );
    const coverage = against((voter) => voter.coverage);
    const precision = against((voter) => voter.precision);
    if (same.length < 3 || Number.isNaN(precision)) return;
    const met = coverage > 0.5 && Math.abs(precision) < coverage;
    rows.push(
      claimOf('4-left', result, `coverage/${label}`, {
        statement: `influence goes with coverage and not with precision, on the test loss of ${targetWords(evaluation.target)}`,
        paperValue: 'with coverage, not with precision',
        ourValue: `ρ = ${formatCorrelation(coverage)} with coverage, ${formatCorrelation(precision)} with precision`,
        met,
        how: `Spearman’s ρ of |influence| over the ${formatCount(same.length)} functions that vote for that class; met when above .5 and larger than that of precision.${met ? '' : reason}`,
      }),
    );
  });
  return rows;
}

function chartsOf(result: PaperResult): PaperChart[] {
  const input = result.input();
  const known = voters(result);
  return classSlices(result).flatMap((evaluation) => {
    const influence = effectColumn(input.effects, evaluation, 'influence');
    const where = `${datasetTitle(result)} · ${targetWords(evaluation.target)}`;
    const against = (title: string, pick: (voter: Voter) => number, words: string): PaperChart => ({
      title: `${where} · influence against ${title}`,
      caption: `ρ ${formatCorrelation(
        spearman(
          Float64Array.from(known, ({ group }) => influence[group]),
          Float64Array.from(known, pick),
        ),
      )} over ${formatCount(known.length)} functions; ${result.summary.classes
        .map((name, label) => `${['⬢', '▲', '✕'][label] ?? ''} votes ${name}`)
        .join(', ')}.`,
      svg: plotSvg({
        points: known.map((voter) => ({
          x: pick(voter),
          y: influence[voter.group],
          mark: { series: voter.vote },
          title: `${voter.name}: coverage ${formatShare(voter.coverage, 1)}, precision ${formatShare(voter.precision, 1)}\ninfluence ${formatSigned(influence[voter.group])}`,
        })),
        x: { title: words },
        y: { title: 'influence on mean test loss' },
        description: `${where}: influence of labeling functions against ${title}`,
      }),
    });
    return [
      comparisonChart(result, evaluation, 'influence'),
      against('coverage', ({ coverage }) => coverage, 'coverage (share of candidates voted on)'),
      ...(known.every(({ precision }) => Number.isFinite(precision))
        ? [against('precision', ({ precision }) => precision, 'precision (share of votes that are right)')]
        : []),
    ];
  });
}
