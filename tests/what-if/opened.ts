/** Models opened for What-if in this thread: of finished sample studies, and of small problems made up for a test. */
import { onTestFinished } from 'vitest';
import { openModel } from '../../src/main/what-if/open-model.ts';
import { whatIf, type WhatIf } from '../../src/main/what-if/what-if.ts';
import type { NewtonCosts } from '../../src/main/what-if/newton-costs.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import type { StoredFit } from '../../src/main/models/fitted-model.ts';
import type { StudyRequest } from '../../src/main/studies/study-run.ts';

export const never = (): void => {};

export async function opened(request: StudyRequest, costs: Partial<NewtonCosts> = {}): Promise<WhatIf> {
  const model = await openModel(request, never);
  onTestFinished(() => model.dispose());
  return whatIf({ ...model, costs: { ...model.costs, ...costs } }, 0);
}

/** Fits `dataset` and opens it. Its test points are the rows 0 and 1. */
export async function openedOn(dataset: Dataset, lambda: number, costs: Partial<NewtonCosts> = {}) {
  const spec = parseStudySpec({
    dataset: { id: 'made up' },
    model: { l2: { absolute: lambda } },
    evaluate: { testPoints: { rows: [0, 1] } },
    tolerance: 1e-10,
  });
  const device = await openDevice('reference');
  const model = await fitModel(buildDesign(dataset, { standardise: false }), spec.model, device, {
    checkCancelled: never,
  });
  const { summary, coefficients, logits, classes, featureNames } = model.fitted;
  const fit: StoredFit = { summary, coefficients, logits, classes, featureNames };
  model.dispose();
  await device.dispose();
  const state = { fit, groups: null, batchesDone: new Set<number>() };
  const request = { spec, dataset, datasetFingerprint: '', fileGroups: {}, device: 'reference', state };
  const open = await opened(request, costs);
  return { open, fit };
}

/** Columns x0, x1, … of training rows, then test rows. */
export function datasetOf(
  rows: { X: readonly (readonly number[])[]; y: readonly number[]; weights?: readonly number[] },
  test: { X: readonly (readonly number[])[]; y: readonly number[] },
): Dataset {
  const all = [...rows.X, ...test.X];
  const labels = [...rows.y, ...test.y];
  const levels = [...new Set(labels)].sort((a, b) => a - b).map(String);
  return {
    name: 'made up',
    trainRows: rows.X.length,
    testRows: test.X.length,
    columns: [
      {
        kind: 'category',
        name: 'y',
        role: 'target',
        codes: Int32Array.from(labels, (label) => levels.indexOf(String(label))),
        levels,
      },
      ...all[0].map((_, j) => ({
        ...{ kind: 'number' as const, name: `x${j}`, role: 'feature' as const },
        values: Float64Array.from(all, (row) => row[j]),
      })),
      ...(rows.weights === undefined
        ? []
        : [
            {
              ...{ kind: 'number' as const, name: 'weight', role: 'weight' as const },
              values: Float64Array.of(...rows.weights, ...test.y.map(() => NaN)),
            },
          ]),
    ],
    block: null,
    image: null,
    source: 'made up',
    notes: [],
  };
}
