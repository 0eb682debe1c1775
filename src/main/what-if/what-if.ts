/** Answers what-if questions about one fitted study: any rows, any test row, predicted, retrained, by dose, explained. */
import { EFFECT_ESTIMATORS } from '../estimators/index.ts';
import { computeBatch } from '../studies/compute-batch.ts';
import { removalSpectrum } from '../theory/removal-spectrum.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Estimator, Evaluation } from '../../shared/quantities.ts';
import type {
  WhatIfDose,
  WhatIfInput,
  WhatIfModel,
  WhatIfPrediction,
  WhatIfRetraining,
  WhatIfSpectrum,
} from '../../shared/what-if.ts';
import { parameterCount } from '../models/objective.ts';
import { LARGEST_WHOLE } from '../theory/whitening.ts';
import { actualDose, newtonDose } from './dose.ts';
import { joinedSets, measuredSet, selfOverRemoved, withoutMeans, type MeasuredSet } from './evaluation-parts.ts';
import type { OpenModel } from './open-model.ts';
import { quickRemoval, type QuickRemoval } from './quick-removal.ts';
import { canonicalRows } from './removed-rows.ts';
import { rowColumns } from './row-columns.ts';
import { filterColumns, filterRows } from './row-filter.ts';

/** Each checks `checkCancelled` between its parts; what that throws is how it ends. */
export interface WhatIf {
  describe(): Promise<WhatIfModel>;
  points(input: WhatIfInput<'points'>): Promise<{ values: Float64Array }>;
  filter(input: WhatIfInput<'filter'>): Promise<{ rows: Int32Array }>;
  predict(input: WhatIfInput<'predict'>, checkCancelled: () => void): Promise<WhatIfPrediction>;
  retrain(input: WhatIfInput<'retrain'>, checkCancelled: () => void): Promise<WhatIfRetraining>;
  dose(input: WhatIfInput<'dose'>, checkCancelled: () => void): Promise<WhatIfDose>;
  spectrum(input: WhatIfInput<'spectrum'>, checkCancelled: () => void): Promise<WhatIfSpectrum>;
  dispose(): Promise<void>;
}

const ESTIMATORS: readonly Estimator[] = ['influence', 'newton', 'actual'];
/** Longer than this a person waits; influence alone is shown first. */
export const QUICK_SECONDS = 0.25;
/** Test rows besides the study's whose evaluations are kept. */
const MOST_TEST_ROWS = 16;
/** Shares that are retrained side by side: bounds the memory at n × this. */
const SIDE_BY_SIDE = 8;
const never = (): void => {};

/** @param seconds that opening took */
export function whatIf(open: OpenModel, seconds: number): WhatIf {
  const { model, dataset, spec, slices, evaluations, own, costs } = open;
  const { fitted, objective } = model;
  const n = objective.placed.rows;
  const componentsScaled = dataset.block === null;
  const sets = new Map<string, Promise<MeasuredSet>>();

  /** Kept, the latest few. */
  function setOf(wanted: readonly Evaluation[]): Promise<MeasuredSet> {
    const key = JSON.stringify(wanted);
    const known = sets.get(key) ?? measuredSet(model, wanted, slices, never);
    sets.delete(key);
    sets.set(key, known);
    known.catch(() => sets.delete(key));
    const oldest = sets.keys().next().value;
    if (sets.size > MOST_TEST_ROWS && oldest !== undefined) sets.delete(oldest);
    return known;
  }

  /** The study's evaluations and those of one more test row. */
  async function partsFor(testRow: number | null): Promise<MeasuredSet[]> {
    if (testRow === null) return own;
    const more = evaluationsOfRow(testRow).filter((one) => !evaluations.some((other) => same(one, other)));
    return more.length === 0 ? own : [...own, await setOf(more)];
  }

  function evaluationsOfRow(row: number): Evaluation[] {
    const count = fitted.design.test.y.length;
    if (row >= count) {
      throw invalidInput(
        `whatif: field "testRow": ${row} is not a test row of ${dataset.name}.`,
        `It has ${count} test rows, numbered from 0.`,
      );
    }
    const target = String(row);
    const loss: Evaluation = { quantity: 'loss', target };
    return fitted.logits === 1 ? [{ quantity: 'margin', target }, loss] : [loss];
  }

  /** One evaluation alone, of the study or of any test row. */
  async function alone(evaluation: Evaluation): Promise<MeasuredSet> {
    const { quantity, target } = evaluation;
    const known = evaluations.some((other) => same(evaluation, other));
    const ofRow = (quantity === 'margin' || quantity === 'loss') && /^\d+$/.test(target);
    const possible = known || (ofRow && evaluationsOfRow(Number(target)).some((other) => same(evaluation, other)));
    if (!possible) {
      throw invalidInput(
        `whatif: field "evaluation": ${quantity} of “${target}” is not measured here.`,
        'Choose one of the study’s, or the loss (with two classes also the margin) of a test row.',
      );
    }
    return setOf([evaluation]);
  }

  const columns = rowColumns({
    model,
    componentsScaled,
    direction: async (quantity, target) => (await alone({ quantity, target } as Evaluation)).directions,
    checkCancelled: never,
  });

  const removalOf = (rows: Int32Array, checkCancelled: () => void): Promise<QuickRemoval> =>
    quickRemoval(model, canonicalRows(rows, n), costs, checkCancelled);

  return {
    describe: async () => ({
      studyName: spec.name,
      datasetId: '',
      trainRows: n,
      testRows: fitted.design.test.y.length,
      parameters: parameterCount(objective),
      lambda: objective.lambda,
      classes: fitted.classes,
      y: fitted.design.train.y,
      evaluations,
      featureNames: fitted.featureNames,
      filterColumns: filterColumns(dataset, fitted.featureNames),
      componentsScaled,
      leverage: parameterCount(objective) <= LARGEST_WHOLE,
      device: open.device.info.title,
      newtonSeconds: costs.expected(Math.ceil(n / 4)),
      seconds,
    }),

    async points(input) {
      const values = new Float64Array(input.columns.length * n);
      for (const [at, column] of input.columns.entries()) values.set(await columns.of(column), at * n);
      return { values };
    },

    async filter({ conditions, rows }) {
      const feature = (index: number): Promise<Float64Array> => columns.of({ kind: 'feature', feature: index });
      return { rows: await filterRows(dataset, conditions, rows, fitted.featureNames, feature) };
    },

    async predict({ rows, testRow, newton, means }, checkCancelled) {
      const begun = performance.now();
      const removal = await removalOf(rows, checkCancelled);
      const [{ members }] = removal.batch.groups;
      const parts = await partsFor(testRow);
      const { set, directions } = joinedSets(parts);
      const influence = await EFFECT_ESTIMATORS.influence({ batch: removal.batch, evaluations: set, directions });
      checkCancelled();
      let newtonSeconds = costs.expected(members.length);
      let predicted: Float64Array | null = null;
      if (newton === 'always' || newtonSeconds <= QUICK_SECONDS) {
        const since = performance.now();
        const { batch, rows: gathered } = removal;
        const cheap = gathered === null ? parts : selfOverRemoved(parts, gathered, objective.logits);
        const quick = means ? cheap : withoutMeans(cheap);
        predicted = await EFFECT_ESTIMATORS.newton({ batch, evaluations: joinedSets(quick).set, directions });
        newtonSeconds = (performance.now() - since) / 1000;
        checkCancelled();
      }
      const { y } = fitted.design.train;
      const classCounts = fitted.classes.map(() => 0);
      for (const row of members) classCounts[y[row]]++;
      return {
        size: members.length,
        evaluations: [...set.evaluations],
        influence,
        newton: predicted,
        newtonSeconds,
        classCounts,
        lostClasses: Array.from(removal.batch.lostClasses[0], (label) => fitted.classes[label]),
        seconds: (performance.now() - begun) / 1000,
      };
    },

    async retrain({ rows, testRow }, checkCancelled) {
      const members = canonicalRows(rows, n);
      const { set, directions } = joinedSets(await partsFor(testRow));
      const { tolerance } = spec;
      const setting = { model, evaluations: set, directions, tolerance, estimators: ESTIMATORS };
      const task = { batch: 0, firstGroup: 0, groups: [{ label: 'these rows', members }] };
      const { values, retraining, notes } = await computeBatch(setting, task, checkCancelled);
      const count = set.evaluations.length;
      const of = (s: number): Float64Array =>
        Float64Array.from({ length: count }, (_, e) => values[e * ESTIMATORS.length + s]);
      return {
        size: members.length,
        evaluations: [...set.evaluations],
        influence: of(0),
        newton: of(1),
        actual: of(2),
        retraining: retraining[0],
        notes,
      };
    },

    async dose({ rows, evaluation, shares: asked, actual }, checkCancelled) {
      const removal = await removalOf(rows, checkCancelled);
      const { set, directions } = await alone(evaluation);
      const whole = await EFFECT_ESTIMATORS.influence({ batch: removal.batch, evaluations: set, directions });
      const shares = Float64Array.from(asked);
      const control = { tolerance: spec.tolerance, checkCancelled };
      const dose: WhatIfDose = {
        evaluation,
        shares,
        influence: shares.map((share) => (share === 0 ? 0 : share * whole[0])),
        newton: await newtonDose(model, removal, set, shares, control),
        actual: null,
        retraining: [],
      };
      if (!actual) return dose;
      dose.actual = new Float64Array(shares.length);
      for (let from = 0; from < shares.length; from += SIDE_BY_SIDE) {
        checkCancelled();
        const part = await actualDose(model, removal, set, shares.subarray(from, from + SIDE_BY_SIDE), control);
        dose.actual.set(part.effects, from);
        dose.retraining.push(...part.retraining);
      }
      return dose;
    },

    async spectrum({ rows, evaluation }, checkCancelled) {
      const { set } = await alone(evaluation);
      const found = await removalSpectrum(model, set, canonicalRows(rows, n), { checkCancelled });
      return {
        evaluation,
        method: found.method,
        eigenvalues: found.eigenvalues,
        contributions: found.contributions,
        groupAlignment: found.groupAlignment.map((value) => value / (found.groupNorm || 1)),
        testAlignment: found.testAlignment.map((value) => value / (found.testNorm[0] || 1)),
        influence: found.influence[0],
        newtonLinear: found.newtonLinear[0],
      };
    },

    dispose: () => open.dispose(),
  };
}

function same(a: Evaluation, b: Evaluation): boolean {
  return a.quantity === b.quantity && a.target === b.target;
}
