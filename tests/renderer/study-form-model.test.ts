import { describe, expect, it } from 'vitest';
import { emptyForm, problemsOf, withDataset } from '../../src/renderer/state/study-form.ts';
import { modelObstacle, parseUnits } from '../../src/renderer/state/study-form-model.ts';
import { trainingWords } from '../../src/renderer/charts/training-chart.ts';
import { CANCER, DIGITS } from './fake-data.ts';

const NUMBERS = { ...CANCER, classes: [], classCounts: [] };

describe('the model in the study form', () => {
  it('offers what the dataset can be fitted by, and says what is missing for the rest', () => {
    expect(modelObstacle('smoothHinge', CANCER)).toBeNull();
    expect(modelObstacle('smoothHinge', DIGITS)).toBe('needs two classes');
    expect(modelObstacle('cnn', DIGITS)).toBeNull();
    expect(modelObstacle('cnn', CANCER)).toBe('needs images');
    expect(modelObstacle('regression', NUMBERS)).toBe('the label is a number');
    expect(modelObstacle('ridge', NUMBERS)).toBeNull();
  });

  it('begins with ridge regression where the label is a number', () => {
    expect(emptyForm(NUMBERS).model).toBe('ridge');
    expect(emptyForm(CANCER).model).toBe('regression');
  });

  it('gives a model up that another dataset does not take, and keeps one that it takes', () => {
    const network = { ...emptyForm(DIGITS), model: 'cnn' as const, hidden: '12' };
    expect(withDataset(network, DIGITS, CANCER).model).toBe('regression');
    const perceptron = withDataset({ ...network, model: 'mlp' }, DIGITS, CANCER);
    expect([perceptron.model, perceptron.hidden]).toEqual(['mlp', '12']);
  });

  it('checks the fields of the chosen model only', () => {
    const form = { ...emptyForm(DIGITS), hidden: 'many', learningRate: '-1' };
    expect(problemsOf(form)).toEqual({});
    expect(Object.keys(problemsOf({ ...form, model: 'mlp' })).sort()).toEqual(['hidden', 'learningRate']);
  });

  it('reads layers as people write them', () => {
    expect(parseUnits('64, 32 8')).toEqual([64, 32, 8]);
    expect(parseUnits(' ')).toEqual([]);
    expect(parseUnits('64, x')).toBeNull();
    expect(parseUnits('0')).toBeNull();
  });
});

describe('the training curve in words', () => {
  it('tells the present epoch and where the test loss was lowest', () => {
    const points = [2.3, 0.5, 0.7].map((testLoss, epoch) => ({
      epoch,
      trainLoss: 1 / (epoch + 1),
      testLoss,
      accuracy: 0.9,
    }));
    expect(trainingWords({ epochs: 5, points, checkpoints: [1] })).toBe(
      'Epoch 2 of 5: training loss 0.3333, test loss 0.7000 (lowest in epoch 1), test accuracy 90.0\u00a0%. 1 checkpoint kept.',
    );
  });
});
