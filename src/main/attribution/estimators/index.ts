/** Every attribution method by its name on the command line, with what it claims to cost. */
import type { AttributionEstimator } from '../attribution.ts';
import { proximalResponse } from '../response-split.ts';
import { dataShapley } from './data-shapley.ts';
import { downsampling } from './downsampling.ts';
import { fastInfluence } from './fast-influence.ts';
import { hydra } from './hydra.ts';
import { influence } from './influence.ts';
import { newton } from './newton.ts';
import { representerPoints } from './representer-points.ts';
import { rescaledInfluence } from './rescaled-influence.ts';
import { retraining } from './retraining.ts';
import { secondOrder } from './second-order.ts';
import { tracinAlongSteps, tracinCheckpoints } from './tracin.ts';

export const ATTRIBUTION_NAMES = [
  'leaveOneOut',
  'influence',
  'influenceCg',
  'influenceLissa',
  'fastif',
  'rescaled',
  'secondOrder',
  'newton',
  'newton2',
  'pbrf',
  'representer',
  'tracin',
  'tracinLastLayer',
  'tracinSteps',
  'hydra',
  'hydraFast',
  'downsampling',
  'shapley',
] as const;
export type AttributionName = (typeof ATTRIBUTION_NAMES)[number];

export interface AttributionMethod {
  title: string;
  /** n training rows, q parameters, T targets, S rows and groups asked for, κ condition number, E epochs, C checkpoints. */
  cost: string;
  /** Follows training steps: not for models that are solved for. */
  needsSteps?: boolean;
  run: AttributionEstimator;
  /** Bytes at its largest. */
  bytes(problem: ProblemSize): number;
}

/** All that memory is planned by. */
export interface ProblemSize {
  model: { parameterCount: number; rows: { train: number } };
  targets: { length: number };
  points: { length: number };
  groups: { length: number };
}

const vectors =
  (count: (problem: ProblemSize) => number) =>
  (problem: ProblemSize): number =>
    8 * problem.model.parameterCount * count(problem) + 8 * problem.targets.length * problem.model.rows.train;
const few = vectors(({ targets }) => targets.length + 8);
const factor = vectors(({ model }) => (model.parameterCount <= 1024 ? model.parameterCount : 8) + 256);
const sets = ({ points, groups }: ProblemSize): number => points.length + groups.length;

export const ATTRIBUTION_METHODS: Readonly<Record<AttributionName, AttributionMethod>> = {
  leaveOneOut: { title: 'Leave-one-out (retrained)', cost: 'S trainings', run: retraining, bytes: few },
  influence: {
    title: 'Influence, best solver',
    cost: 'q³/3 + q products + (n+T)q²',
    run: influence(),
    bytes: factor,
  },
  influenceCg: {
    title: 'Influence, conjugate gradients',
    cost: 'T√κ products + Tnq',
    run: influence({ solver: 'cg' }),
    bytes: few,
  },
  influenceLissa: {
    title: 'Influence, LiSSA',
    cost: 'T√κ products + Tnq',
    run: influence({ solver: 'lissa' }),
    bytes: few,
  },
  fastif: {
    title: 'FastIF',
    cost: 'T short solves + Tkq',
    run: fastInfluence(),
    bytes: vectors(({ model }) => model.rows.train),
  },
  rescaled: { title: 'Rescaled influence', cost: 'S solves', run: rescaledInfluence(), bytes: factor },
  secondOrder: { title: 'Second-order group influence', cost: '(T+S) solves', run: secondOrder(), bytes: factor },
  newton: { title: 'Newton step', cost: 'S solves, each its own', run: newton(1), bytes: few },
  newton2: { title: 'Two Newton steps', cost: '2S solves, each its own', run: newton(2), bytes: few },
  pbrf: { title: 'Proximal Bregman response', cost: 'S minimisations', run: proximalResponse(), bytes: few },
  representer: { title: 'Representer points', cost: 'last-layer fit + Tn', run: representerPoints, bytes: few },
  tracin: {
    title: 'TracInCP',
    cost: 'C(n+T)q',
    run: tracinCheckpoints(),
    bytes: vectors(({ targets }) => targets.length + 256),
  },
  tracinLastLayer: {
    title: 'TracInCP, last layer',
    cost: 'C(n+T) last inputs',
    run: tracinCheckpoints({ lastLayer: true }),
    bytes: few,
  },
  tracinSteps: {
    title: 'TracIn along the steps',
    cost: 'E(n + n/|B|·T)q',
    needsSteps: true,
    run: tracinAlongSteps,
    bytes: few,
  },
  hydra: {
    title: 'HyDRA, exact',
    cost: 'S·E products',
    needsSteps: true,
    run: hydra({ exact: true }),
    bytes: vectors((problem) => 2 * sets(problem)),
  },
  hydraFast: {
    title: 'HyDRA, fast',
    cost: 'S·E·n/|B|·q',
    needsSteps: true,
    run: hydra({ exact: false }),
    bytes: vectors((problem) => 2 * sets(problem)),
  },
  downsampling: {
    title: 'Downsampling',
    cost: '200 trainings',
    run: downsampling(),
    bytes: (problem) => 200 * (10 * problem.model.rows.train + 8 * problem.targets.length),
  },
  shapley: {
    title: 'Data Shapley, truncated',
    cost: 'T·permutations·S trainings',
    run: dataShapley({ permutations: 20 }),
    bytes: few,
  },
};
