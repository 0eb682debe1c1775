/** A study's model put back on a device to judge single rows: loss, leverage, influence on a test point. */
import type { Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import { requireRegression, type StudySpec } from '../../shared/study-spec.ts';
import { openDevice } from '../compute/index.ts';
import { rowInfluence, solveFullHessian } from '../estimators/influence-directions.ts';
import { createEvaluationSet } from '../evaluation/evaluation-set.ts';
import { buildDesign } from '../features/index.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import { placeModel } from '../models/model-on-device.ts';
import { leverages } from './leverages.ts';

export interface RowModelRequest {
  spec: StudySpec;
  dataset: Dataset;
  fit: StoredFit;
  /** Device name, or null for the automatic choice. */
  device: string | null;
}

/** Per row of a split. */
export interface JudgedSplit {
  /** Unweighted. */
  loss: Float64Array;
  /** Of the row's own class. */
  probability: Float64Array;
  /** Null when it is not computed: see `refusal`. */
  leverage: Float64Array | null;
}

export interface RowModel {
  train: JudgedSplit;
  test: JudgedSplit;
  /** Why there is no leverage; null when there is. */
  refusal: string | null;
  /**
   * Influence of each training row on the loss of a test row: positive = removing the training row raises it.
   * Throws 'invalidInput' when there is no such test row.
   */
  influenceOn(testRow: number): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** Points whose influences are kept. */
const POINTS_KEPT = 8;

export async function openRowModel({ spec, dataset, fit, device: name }: RowModelRequest): Promise<RowModel> {
  requireRegression(spec.model, 'Judging rows one by one');
  const device = await openDevice(name);
  try {
    const standardise = 'standardise' in spec.dataset && spec.dataset.standardise === true;
    const model = await placeModel(fit, buildDesign(dataset, { standardise }), device, {});
    const { trainLoss, testLoss } = model.fitted;
    const leverage = await leverages(model);
    const split = (loss: Float64Array, values: Float64Array | null): JudgedSplit => ({
      loss,
      probability: loss.map((value) => Math.exp(-value)),
      leverage: values,
    });
    const known = new Map<number, Promise<Float64Array>>();
    const none = () => {};

    async function compute(testRow: number): Promise<Float64Array> {
      const point = await createEvaluationSet(model, [{ quantity: 'loss', target: String(testRow) }], []);
      return rowInfluence(model, await solveFullHessian(model, point.gradients, none));
    }

    return {
      train: split(trainLoss, 'refusal' in leverage ? null : leverage.train),
      test: split(testLoss, 'refusal' in leverage ? null : leverage.test),
      refusal: 'refusal' in leverage ? leverage.refusal : null,
      influenceOn: async (testRow) => {
        if (testRow >= dataset.testRows) {
          throw invalidInput(
            `${dataset.name} has no test row ${testRow} to take influences on.`,
            dataset.testRows === 0
              ? 'It has no test rows.'
              : `Its test rows are numbered from 0 to ${dataset.testRows - 1}.`,
          );
        }
        const found = known.get(testRow) ?? compute(testRow);
        known.delete(testRow);
        known.set(testRow, found);
        const oldest = known.keys().next().value;
        if (known.size > POINTS_KEPT && oldest !== undefined) known.delete(oldest);
        return found.catch((thrown: unknown) => {
          known.delete(testRow);
          throw thrown;
        });
      },
      dispose: async () => {
        await Promise.allSettled([...known.values()]);
        model.dispose();
        await device.dispose();
      },
    };
  } catch (thrown) {
    await device.dispose();
    throw thrown;
  }
}
