/** Reads a study out of the store the way a window shows it. */
import { agreements } from '../../shared/agreement.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import type {
  Agreement,
  EffectsTable,
  GroupDetail,
  GroupMatches,
  RowDetail,
  SharedMembers,
  StudyDetail,
} from '../../shared/study.ts';
import { isTrainable } from '../../shared/study-spec.ts';
import type { BundleInput } from '../report/bundle.ts';
import type { EngineContext } from './engine-context.ts';
import { countMembers } from './shared-members.ts';
import { matchGroups } from './match-groups.ts';
import { predict, predictTrainable, type SplitPredictions, type StudyPredictions } from './predictions.ts';

const MEMBER_ROWS_SHOWN = 50;

export interface StudyReader {
  detail(id: string): StudyDetail;
  effects(id: string): EffectsTable;
  group(id: string, index: number): GroupDetail;
  /** Throws 'notFound' before the groups are formed. */
  sharedMembers(id: string, groups: readonly number[]): SharedMembers;
  /** Throws 'invalidInput' when the two are of different data. */
  matchGroups(first: string, second: string): GroupMatches;
  testPoint(id: string, row: number): RowDetail;
  /** Throws 'invalidInput' while there is nothing to export. */
  bundleInput(id: string): BundleInput;
}

export function studyReader({ store, services, library, predictions }: EngineContext): StudyReader {
  /** Agreements change only when a batch arrives. */
  const agreementsOf = new Map<string, { groupsDone: number; agreements: Agreement[] }>();

  function effects(id: string): EffectsTable {
    const { groupCount, estimators } = store.studies.get(id);
    return store.effects.table(id, groupCount, store.groups.evaluations(id), estimators);
  }

  function agreementsSoFar(id: string, groupsDone: number): Agreement[] {
    if (groupsDone === 0) return [];
    const known = agreementsOf.get(id);
    if (known?.groupsDone === groupsDone) return known.agreements;
    const kept = store.agreements.load(id, groupsDone);
    if (kept !== null) return kept;
    const { groupCount, evaluations, estimators, values } = effects(id);
    const computed = agreements(evaluations, estimators, store.groups.list(id), values);
    // Of a whole study they do not change any more: the store keeps them for every later list.
    if (groupsDone < groupCount || store.readOnly) agreementsOf.set(id, { groupsDone, agreements: computed });
    else {
      store.agreements.keep(id, groupsDone, computed);
      agreementsOf.delete(id);
    }
    return computed;
  }

  /** Null before the fit. */
  function predictionsOf(id: string): StudyPredictions | null {
    const fit = store.fits.load(id);
    if (fit === null) return null;
    return predictions.of(id, () => {
      const spec = store.studies.spec(id);
      const standardise = 'standardise' in spec.dataset && spec.dataset.standardise === true;
      const dataset = library.load(store.studies.get(id).datasetId);
      if (!isTrainable(spec.model)) return predict(services.datasets.design(dataset, standardise), fit);
      const label = spec.model.kind === 'ridge' ? 'numbers' : 'classes';
      return predictTrainable(spec.model, services.datasets.design(dataset, standardise, label), dataset.image, fit);
    });
  }

  function judgedRows(
    datasetId: string,
    split: 'train' | 'test',
    rows: number[],
    judged: SplitPredictions | null,
  ): RowDetail[] {
    const described = services.datasets.describeRows(library.load(datasetId), split, rows);
    if (judged === null) return described;
    return described.map((detail) => ({
      ...detail,
      probability: Number.isNaN(judged.probability[detail.row]) ? null : judged.probability[detail.row],
      loss: judged.loss[detail.row],
    }));
  }

  function detail(id: string): StudyDetail {
    const summary = store.studies.get(id);
    return {
      ...summary,
      spec: { ...store.studies.spec(id), name: summary.name },
      fit: store.fits.summary(id),
      evaluations: store.groups.evaluations(id),
      provenance: store.provenance.latest(id),
      notes: [...new Set([...store.groups.notes(id), ...store.effects.notes(id)])],
      secondsPerStage: store.studies.stageSeconds(id),
      agreements: agreementsSoFar(id, summary.groupsDone),
    };
  }

  return {
    effects,
    detail,
    group: (id, index) => {
      const { name, datasetId } = store.studies.get(id);
      const group = store.groups.get(id, index);
      if (group === null) {
        throw new LeverageError(
          'notFound',
          `The study “${name}” has no group number ${index}.`,
          'List its groups first.',
        );
      }
      const judged = predictionsOf(id);
      const members = Array.from(group.members);
      if (judged === null) {
        return {
          ...group,
          classCounts: [],
          rows: judgedRows(datasetId, 'train', members.slice(0, MEMBER_ROWS_SHOWN), null),
        };
      }
      const { train, classes } = judged;
      const classCounts = classes.map(() => 0);
      if (classes.length > 0) for (const row of members) classCounts[train.y[row]] += 1;
      const hardest = members.sort((a, b) => train.loss[b] - train.loss[a] || a - b).slice(0, MEMBER_ROWS_SHOWN);
      return { ...group, classCounts, rows: judgedRows(datasetId, 'train', hardest, train) };
    },
    sharedMembers: (id, groups) => {
      const { name, datasetId } = store.studies.get(id);
      const members = store.groups.members(id);
      if (members === null)
        throw new LeverageError('notFound', `The study “${name}” has no groups yet.`, 'Run it first.');
      const judged = predictionsOf(id)?.train ?? null;
      const { rows, counts } = countMembers(members, groups, judged?.loss ?? null);
      const shown = judgedRows(datasetId, 'train', rows.slice(0, MEMBER_ROWS_SHOWN), judged);
      return { distinct: rows.length, rows: shown.map((row, k) => ({ row, groups: counts[k] })) };
    },
    matchGroups: (first, second) => {
      const [one, two] = [store.studies.get(first), store.studies.get(second)];
      if (one.datasetId !== two.datasetId) {
        throw invalidInput(
          `“${one.name}” and “${two.name}” are studies of different data (${one.datasetName} and ${two.datasetName}): their groups can not be the same.`,
          'Choose two studies of one dataset.',
        );
      }
      const none = { rows: new Int32Array(0), first: new Int32Array(0), size: new Int32Array(0) };
      return matchGroups(store.groups.members(first) ?? none, store.groups.members(second) ?? none);
    },
    testPoint: (id, row) => {
      const { datasetId } = store.studies.get(id);
      const { name, testRows } = store.datasets.get(datasetId);
      if (row >= testRows) {
        throw invalidInput(
          `studies.testPoint: field "row": ${row} is not a test row of ${name}.`,
          `It has ${testRows} test rows, numbered from 0.`,
        );
      }
      return judgedRows(datasetId, 'test', [row], predictionsOf(id)?.test ?? null)[0];
    },
    bundleInput: (id) => {
      const {
        name,
        datasetId,
        spec,
        evaluations,
        estimators,
        agreements: agreed,
        provenance,
        secondsPerStage,
        notes,
      } = detail(id);
      const fit = store.fits.load(id);
      const kept = store.groups.load(id);
      if (fit === null || kept === null || provenance === null) {
        throw invalidInput(`The study “${name}” has no results to export yet.`, 'Run it first.');
      }
      return {
        spec,
        fit,
        groups: kept.groups,
        evaluations,
        estimators,
        effects: effects(id),
        retraining: store.groups.list(id).map((group) => group.retraining),
        agreements: agreed,
        provenance,
        secondsPerStage,
        notes,
        dataset: store.datasets.get(datasetId),
        training: store.trainings.curve(id),
      };
    },
  };
}
