/** Why a group's estimate is off, in words and numbers: from its effects and its removal's spectrum. Pure. */
import { formatNumber, formatScientific, formatShare, formatSigned } from '../../../shared/format.ts';
import { directionsThatMatter, errorParts, type ErrorParts, type GroupTheory } from '../../../shared/theory.ts';

export interface WhyOff {
  parts: { key: keyof ErrorParts; title: string; about: string; value: number }[];
  /** Actual − influence; Newton − influence before the group is retrained. */
  total: number;
  sentences: string[];
  directions: SpectrumDirection[];
  /** Directions in all, of which the first are drawn. */
  directionCount: number;
}

export interface SpectrumDirection {
  /** Its place by share held, from 0. */
  rank: number;
  /** Of the model's curvature along it, what the group holds. */
  share: number;
  contribution: number;
  matters: boolean;
}

/** What the directions that matter make up of all contributions, sign aside. */
const MATTERS = 0.8;
/** An estimate this near needs no explanation. */
const RIGHT = 0.005;
const MOST_DRAWN = 60;
/** Parts of an error below this share of its largest are rounding. */
const ROUNDING = 1e-6;

const PARTS: Record<keyof ErrorParts, { title: string; about: string }> = {
  removedCurvature: {
    title: 'curvature removed',
    about: 'Linear Newton − influence: influence keeps the curvature that leaves with the group (Corollary 1).',
  },
  functionCurvature: {
    title: 'the measure bends',
    about: 'Newton − linear Newton: the measured quantity is not linear along the step.',
  },
  actualMinusNewton: {
    title: 'beyond one step',
    about: 'Actual − Newton: what retraining does after the first Newton step (Proposition 1).',
  },
};
const ORDER: (keyof ErrorParts)[] = ['removedCurvature', 'functionCurvature', 'actualMinusNewton'];

export interface Effects {
  influence: number;
  newton: number;
  actual: number;
}

/** @param e index of the evaluation in the study */
export function whyOff(theory: GroupTheory, e: number, { influence, newton, actual }: Effects): WhyOff {
  const count = theory.eigenvalues.length;
  const contributions = theory.contributions.subarray(e * count, (e + 1) * count);
  const pieces = errorParts(influence, newton, actual, theory.newtonLinear[e] ?? NaN);
  const known = ORDER.map((key) => ({ key, ...PARTS[key], value: pieces[key] }));
  const size = Math.max(...known.map(({ value }) => (Number.isFinite(value) ? Math.abs(value) : 0)));
  // A margin is linear: what is left of its curvature is rounding.
  const parts = known.filter(({ value }) => Number.isFinite(value) && !(Math.abs(value) < ROUNDING * size));
  const judged = Number.isFinite(actual) ? actual : newton;
  const total = judged - influence;
  const matter = directionsThatMatter(contributions, MATTERS);
  const chosen = new Set(matter);
  const drawn = [...contributions.keys()].slice(0, MOST_DRAWN);
  for (const at of matter) if (at >= MOST_DRAWN) drawn.push(at);
  return {
    parts,
    total,
    sentences: sentencesOf(theory, e, { influence, judged, total, retrained: Number.isFinite(actual) }, parts, matter),
    directions: drawn.map((rank) => ({
      rank,
      share: theory.eigenvalues[rank] ?? 0,
      contribution: contributions[rank] ?? 0,
      matters: chosen.has(rank),
    })),
    directionCount: count,
  };
}

interface Judged {
  influence: number;
  judged: number;
  total: number;
  retrained: boolean;
}

function sentencesOf(
  theory: GroupTheory,
  e: number,
  { influence, judged, total, retrained }: Judged,
  parts: WhyOff['parts'],
  matter: readonly number[],
): string[] {
  const truth = retrained ? 'retraining' : 'Newton';
  if (!Number.isFinite(total)) return ['There is no finite effect to compare influence with.'];
  const off = Math.abs(total) / Math.max(Math.abs(judged), Math.abs(influence));
  if (!(off > RIGHT))
    return [`Influence agrees with ${truth} to ${formatShare(RIGHT, 1)}: there is little to explain.`];
  const opposite = Math.sign(influence) * Math.sign(judged) < 0;
  const first = opposite
    ? `Influence has the wrong sign: ${formatSigned(influence)} against ${formatSigned(judged)} by ${truth}.`
    : `Influence ${Math.abs(influence) < Math.abs(judged) ? 'falls short of' : 'goes beyond'} ${truth} by ${formatShare(
        Math.abs(total / judged),
      )}.`;
  const [largest] = parts.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value));
  if (largest?.key === 'actualMinusNewton') {
    return [first, 'Most of it lies beyond the first Newton step: the losses bend on the way to the retrained model.'];
  }
  if (largest?.key === 'functionCurvature') {
    return [first, 'Most of it is the measured quantity itself, which bends along so long a step.'];
  }
  return [first, directionSentence(theory, e, matter)];
}

function directionSentence(theory: GroupTheory, e: number, matter: readonly number[]): string {
  const count = theory.eigenvalues.length;
  const held = Math.max(0, ...matter.map((at) => theory.eigenvalues[at] ?? 0));
  const squares = (values: Float64Array, offset: number): number =>
    matter.reduce((sum, at) => sum + (values[offset + at] ?? 0) ** 2, 0);
  const pulls = squares(theory.groupAlignment, 0) / theory.groupNorm ** 2;
  const norm = theory.testNorm[e] ?? NaN;
  const looks = squares(theory.testAlignment, e * count) / norm ** 2;
  const where =
    matter.length === 1
      ? count === 1
        ? 'its only direction'
        : `one direction of ${count}`
      : `${matter.length === count ? 'all' : `${matter.length} of`} ${count} directions`;
  const seen = Number.isFinite(looks) ? ` and the measured quantity looks (${formatShare(looks)} of it)` : '';
  return (
    `Most of it is curvature that leaves with the group: it holds up to ${formatShare(held)} of the model’s curvature ` +
    `in ${where}, along which it pulls (${formatShare(pulls)} of its pull)${seen}.`
  );
}

/** "1.2e9 times what it is"; null without a bound or an error. */
export function boundWords(bound: number, newton: number, actual: number): string | null {
  const error = Math.abs(actual - newton);
  if (!Number.isFinite(bound) || !(error > 0)) return null;
  const times = bound / error >= 1e4 ? formatScientific(bound / error, 2) : formatNumber(bound / error, 2);
  return `Proposition 1 allows |actual − Newton| up to ${formatNumber(bound, 2)}; it is ${formatNumber(error, 2)}, ${times} times less.`;
}
