/** What the fake engine found: a study in detail, its effects and its groups. */
import { agreements } from '../../src/shared/agreement.ts';
import type { StudyDetail } from '../../src/shared/study.ts';
import { effectsOf, groupDetail, rowOf } from './fake-data.ts';
import type { Answers } from './fake-part.ts';
import { studyOf, type FakeStore, type FakeStudy } from './fake-store.ts';

export function resultAnswers(store: FakeStore): Answers {
  return {
    'studies.get': ({ id }) => detail(studyOf(store, id)),
    'studies.training': () => null,
    'studies.effects': ({ id }) => {
      const { dataset: data, groups, summary } = studyOf(store, id);
      return effectsOf(data, groups, summary.groupsDone);
    },
    'studies.groups': ({ id }) => {
      const { groups, summary } = studyOf(store, id);
      return groups.map((group) => (group.index < summary.groupsDone ? group : { ...group, retraining: null }));
    },
    'studies.group': ({ id, index }) => {
      const { dataset: data, groups } = studyOf(store, id);
      return groupDetail(data, groups[index]!);
    },
    'studies.sharedMembers': ({ id, groups: chosen }) => {
      const { dataset: data } = studyOf(store, id);
      const rows = Array.from({ length: 12 }, (_, k) => ({
        row: rowOf(data, (k * 17) % data.trainRows),
        groups: Math.max(1, chosen.length - 3 * k),
      }));
      return { distinct: Math.min(data.trainRows, chosen.length * 9), rows };
    },
    'studies.matchGroups': ({ first, second }) => {
      const count = Math.min(studyOf(store, first).groups.length, studyOf(store, second).groups.length);
      return {
        pairs: Int32Array.from({ length: 2 * count }, (_, k) => k >> 1),
        onlyFirst: studyOf(store, first).groups.length - count,
        onlySecond: studyOf(store, second).groups.length - count,
      };
    },
    'studies.testPoint': ({ id, row }) => rowOf(studyOf(store, id).dataset, row),
    'studies.bundle': ({ id }) => ({
      name: `${studyOf(store, id).summary.name}.zip`,
      zip: new Uint8Array([80, 75, 5, 6]),
    }),
  };
}

function detail(study: FakeStudy): StudyDetail {
  const { summary, dataset, groups, spec } = study;
  const effects = effectsOf(dataset, groups, summary.groupsDone);
  const fitted = summary.testAccuracy !== null;
  return {
    ...summary,
    spec,
    fit: fitted
      ? {
          lambda: 0.455,
          intercept: true,
          trainAccuracy: 0.989,
          testAccuracy: summary.testAccuracy ?? 0,
          testLoss: 0.1042,
          gradientNorm: 3.2e-12,
          iterations: 11,
          crossValidation: null,
        }
      : null,
    evaluations: effects.evaluations,
    provenance: fitted
      ? {
          appVersion: '0.1.0',
          nodeVersion: 'v24.21.0',
          platform: 'linux x64',
          device: 'ONNX Runtime CPU',
          precision: 'float64',
          threads: 2,
          libraries: { 'onnxruntime-node': '1.30.0', 'better-sqlite3': '13.2.0' },
          datasetFingerprint: dataset.fingerprint,
          datasetName: dataset.name,
          seed: 0,
          tolerance: spec.tolerance,
          preconditioner: 'full Hessian factor',
        }
      : null,
    notes: [
      'Hierarchical clusters were left out of the feature clusters: 20 000 rows would need 3.2 GB.',
      '3 groups remove every training row of class "malignant"; retraining is defined and kept.',
    ],
    secondsPerStage: { load: 0.02, fit: 0.11, groups: 0.74, influence: 0.06, retrain: 8.6, summarise: 0.2 },
    agreements: fitted ? agreements(effects.evaluations, effects.estimators, groups, effects.values) : [],
  };
}
