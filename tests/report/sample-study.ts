/** A small invented study with every awkward thing a real one can have: for the tests of bundles and reports. */
import type { BundleInput } from '../../src/main/report/bundle.ts';
import { agreements } from '../../src/shared/agreement.ts';
import type { Group } from '../../src/shared/group.ts';
import { CONSTRUCTORS } from '../../src/shared/quantities.ts';
import type { Estimator, Evaluation, GroupOrigin } from '../../src/shared/quantities.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import type { Retraining } from '../../src/shared/study.ts';

export interface SampleOptions {
  groupsPerConstructor?: number;
  estimators?: Estimator[];
  evaluations?: Evaluation[];
  labels?: readonly string[];
  origins?: readonly GroupOrigin[];
}

export function sampleStudy({
  groupsPerConstructor = 3,
  estimators = ['influence', 'newton', 'actual'],
  evaluations = [
    { quantity: 'margin', target: '7' },
    { quantity: 'loss', target: '7' },
    { quantity: 'selfLoss', target: 'self' },
    { quantity: 'meanTestLoss', target: 'all' },
    { quantity: 'meanTestLoss', target: 'class=1' },
  ],
  labels = [],
  origins = CONSTRUCTORS,
}: SampleOptions = {}): BundleInput {
  const random = numbersFrom(1);
  const groups: Group[] = origins.flatMap((origin) =>
    Array.from({ length: groupsPerConstructor }, (_, k) => ({
      id: `${origin}-${k}`,
      origin,
      label: `${origin} of ${k + 1} rows`,
      members: Int32Array.from({ length: k + 1 }, (_unused, row) => row * 2),
      parameters: { size: k + 1 },
    })),
  );
  labels.forEach((text, k) => {
    groups[k] = { ...groups[k], id: text, label: text };
  });
  const values = new Float64Array(evaluations.length * estimators.length * groups.length);
  evaluations.forEach(({ quantity }, e) =>
    groups.forEach((group, g) => {
      const size = group.members.length / groupsPerConstructor;
      const direction =
        group.origin === 'positiveInfluence' ? 1 : group.origin === 'negativeInfluence' ? -1 : random() - 0.5;
      const influence = (quantity === 'selfLoss' ? Math.abs(direction) * 8 : direction * 3) * size;
      const actual = influence * (1 + 0.9 * size * random());
      estimators.forEach((estimator, s) => {
        const value =
          estimator === 'actual'
            ? actual
            : estimator.startsWith('newton')
              ? actual * (0.96 + 0.08 * random())
              : influence;
        values[(e * estimators.length + s) * groups.length + g] = value;
      });
    }),
  );
  const retraining: (Retraining | null)[] = groups.map((_, g) =>
    estimators.includes('actual')
      ? {
          newtonSteps: 5 + (g % 4),
          gradientNorm: 1.5e-9 * (1 + random()),
          relativeGradientNorm: 2.5e-11 * (1 + random()),
          converged: g !== 4,
          effectBound: 3.25e-9,
          seconds: 0.00625,
        }
      : null,
  );
  return {
    spec: parseStudySpec({ name: 'sample study', dataset: { sample: 'breast-cancer' }, estimators }),
    fit: {
      summary: {
        lambda: 0.1,
        intercept: true,
        trainAccuracy: 0.975,
        testAccuracy: 0.9649122807017544,
        testLoss: 0.08333333333333333,
        gradientNorm: 1e-12,
        iterations: 9,
        crossValidation: null,
      },
      coefficients: Float64Array.of(1.5, -2.25, 1 / 3),
      logits: 1,
      classes: ['benign', 'malignant'],
      featureNames: ['mean radius', 'mean "texture"'],
    },
    groups,
    evaluations,
    estimators,
    effects: { groupCount: groups.length, evaluations, estimators, values },
    retraining,
    agreements: agreements(evaluations, estimators, groups, values),
    provenance: {
      appVersion: '0.1.0',
      nodeVersion: 'v24.21.0',
      platform: 'linux x64',
      device: 'ONNX Runtime CPU · float64 · 2 threads',
      precision: 'float64',
      threads: 2,
      libraries: { 'onnxruntime-node': '1.30.0' },
      datasetFingerprint: 'ab'.repeat(32),
      datasetName: 'Breast cancer',
      seed: 0,
      tolerance: 1e-8,
      preconditioner: 'full Hessian',
    },
    secondsPerStage: { load: 0.1, fit: 0.25, retrain: 3.5 },
    notes: ['Sizes below 2 rows were left out of <feature clusters>.'],
    dataset: { name: 'Breast cancer', source: 'UCI', trainRows: 455, testRows: 114, featureCount: 2 },
  };
}

/** A linear congruential generator: the same numbers on every machine. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}
