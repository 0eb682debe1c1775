/** Whether networks learn at all: the digits sample, whose logistic regression reaches about 96 % of the test rows. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSample } from '../../src/main/datasets/index.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { rowLosses } from '../../src/main/networks/row-losses.ts';
import { studyModel, type TrainableSpec } from '../../src/main/networks/study-model.ts';
import { openTrainer } from '../../src/main/networks/trainers.ts';
import { parseStudySpec, type StudySpecInput } from '../../src/shared/study-spec.ts';

const samples = join(import.meta.dirname, '../../resources/samples');

async function digits(model: StudySpecInput['model'], trainer: 'tensorflow-wasm' | 'float64') {
  const dataset = await readSample('digits', samples);
  const design = buildDesign(dataset, { standardise: false });
  const spec = parseStudySpec({ dataset: { sample: 'digits' }, model }).model as TrainableSpec;
  const open = await openTrainer(trainer);
  const trained = studyModel(spec, design, dataset.image, open.openSteps);
  return { spec, design, dataset, model: trained, close: () => open.close() };
}

describe('networks on the digits sample', () => {
  it.each([
    [{ kind: 'mlp' as const, training: { epochs: 15 } }, 0.955],
    [{ kind: 'cnn' as const, channels: [8], training: { epochs: 12, learningRate: 0.1, batchSize: 32 } }, 0.955],
    [
      {
        kind: 'mlp' as const,
        activation: 'gelu' as const,
        training: { epochs: 15, optimiser: 'adam' as const, learningRate: 0.005 },
      },
      0.955,
    ],
  ])('reach the accuracy that the data allow: %j', { timeout: 120_000 }, async (spec, least) => {
    const { model, close } = await digits(spec, 'tensorflow-wasm');
    const { curve } = await model.train({ seed: 0 });
    close();
    expect(curve[curve.length - 1].accuracy).toBeGreaterThan(least);
  });

  it('have the losses that browsing a study shows', { timeout: 60_000 }, async () => {
    const { spec, design, dataset, model } = await digits({ kind: 'cnn', training: { epochs: 1 } }, 'tensorflow-wasm');
    const theta = (await model.train({ seed: 0 })).theta;
    const shown = rowLosses(spec, design, dataset.image, theta);
    expect(shown.test).toEqual(await model.losses(theta, 'test'));
    expect(shown.train).toEqual(await model.losses(theta, 'train'));
  });

  it('train to the same accuracy in float64', { timeout: 120_000 }, async () => {
    const spec = { kind: 'mlp' as const, hidden: [32], training: { epochs: 5 } };
    const single = await digits(spec, 'tensorflow-wasm');
    const double = await digits(spec, 'float64');
    const [one, two] = [await single.model.train({ seed: 0 }), await double.model.train({ seed: 0 })];
    single.close();
    one.curve.forEach((point, epoch) => expect(point.trainLoss).toBeCloseTo(two.curve[epoch].trainLoss, 3));
  });
});
