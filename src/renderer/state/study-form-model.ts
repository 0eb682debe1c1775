/** The model's part of the study form: its fields, and the way to study.json's `model` and back. Pure. */
import type { DatasetSummary } from '../../shared/dataset.ts';
import { isNetwork } from '../../shared/model-kinds.ts';
import type { ModelSpec, NetworkSpec, StudySpecInput } from '../../shared/study-spec.ts';

export type FormModelKind = 'regression' | 'ridge' | 'smoothHinge' | 'mlp' | 'cnn';

export interface ModelForm {
  model: FormModelKind;
  /** A name of logistic or softmax regression that the study gave; kept as it is. */
  modelName: 'logistic' | 'softmax' | null;
  temperature: string;
  /** Units of each hidden layer, as typed: "64, 32"; empty: none. */
  hidden: string;
  channels: string;
  activation: NetworkSpec['activation'];
  damping: string;
  optimiser: NetworkSpec['training']['optimiser'];
  momentum: string;
  learningRate: string;
  schedule: NetworkSpec['training']['schedule'];
  batchSize: number;
  epochs: number;
  checkpointEvery: number;
  gradientGoal: string;
  trainingSeed: number;
  trainer: NetworkSpec['training']['device'];
}

export const MODEL_TITLE: Record<FormModelKind, string> = {
  regression: 'Logistic or softmax regression',
  ridge: 'Ridge regression',
  smoothHinge: 'SVM, smooth hinge',
  mlp: 'Multi-layer perceptron',
  cnn: 'Convolutional network',
};

/** What the model is and what it means for the effects. */
export const MODEL_ABOUT: Record<FormModelKind, string> = {
  regression: 'Two classes: logistic; more: softmax. Fitted exactly; groups are retrained in batches.',
  ridge:
    'Least squares on the label’s numbers, or on −1 and +1 for two classes. Newton is exact here: it equals retraining.',
  smoothHinge:
    'Two classes. The hinge made twice differentiable (Koh & Liang 2017); a lower temperature is nearer to the hinge.',
  mlp: 'Dense layers. Not at a minimum: influence and Newton use the damped Gauss–Newton matrix, and each group trains the network again.',
  cnn: '3×3 convolutions, each with 2×2 mean pooling, then dense layers. Each group trains the network again.',
};

export function emptyModelForm(dataset: DatasetSummary | null): ModelForm {
  return {
    model: dataset !== null && dataset.classes.length === 0 ? 'ridge' : 'regression',
    modelName: null,
    temperature: '0.1',
    hidden: '64',
    channels: '8, 16',
    activation: 'relu',
    damping: '1e-3',
    optimiser: 'momentum',
    momentum: '0.9',
    learningRate: '0.05',
    schedule: 'cosine',
    batchSize: 64,
    epochs: 30,
    checkpointEvery: 5,
    gradientGoal: '0',
    trainingSeed: 0,
    trainer: 'auto',
  };
}

/** Why a model does not fit the dataset; null where it does. */
export function modelObstacle(model: FormModelKind, dataset: DatasetSummary | null): string | null {
  if (dataset === null) return null;
  const classes = dataset.classes.length;
  if (classes === 0) return model === 'ridge' ? null : 'the label is a number';
  if (model === 'smoothHinge' && classes !== 2) return 'needs two classes';
  // A label of numbers may still be fitted as such: only names of classes can not.
  if (model === 'ridge' && classes !== 2 && dataset.classes.some((name) => !Number.isFinite(Number(name))))
    return 'needs two classes or a label of numbers';
  if (model === 'cnn' && dataset.image === null) return 'needs images';
  return null;
}

/** The same fields for another dataset: a model that it does not take is given up. */
export function modelForDataset(form: ModelForm, dataset: DatasetSummary): Pick<ModelForm, 'model'> {
  return { model: modelObstacle(form.model, dataset) === null ? form.model : emptyModelForm(dataset).model };
}

/** Fields that `spec` fills; the rest are as in an empty form. */
export function modelFormOf(spec: ModelSpec): Partial<ModelForm> {
  if (spec.kind === 'ridge') return { model: 'ridge' };
  if (spec.kind === 'smoothHinge') return { model: 'smoothHinge', temperature: String(spec.temperature) };
  if (!isNetwork(spec)) return { model: 'regression', modelName: spec.kind ?? null };
  const { training } = spec;
  return {
    model: spec.kind,
    hidden: spec.hidden.join(', '),
    ...(spec.kind === 'cnn' ? { channels: spec.channels.join(', ') } : {}),
    activation: spec.activation,
    damping: String(spec.damping),
    optimiser: training.optimiser,
    momentum: String(training.momentum),
    learningRate: String(training.learningRate),
    schedule: training.schedule,
    batchSize: training.batchSize,
    epochs: training.epochs,
    checkpointEvery: training.checkpointEvery,
    gradientGoal: String(training.gradientGoal),
    trainingSeed: training.seed,
    trainer: training.device,
  };
}

/** Of a form without problems. */
export function modelOfForm(
  form: ModelForm & { intercept: boolean },
  l2: NonNullable<StudySpecInput['model']>['l2'],
): StudySpecInput['model'] {
  const { intercept } = form;
  if (form.model === 'regression') {
    return { ...(form.modelName === null ? {} : { kind: form.modelName }), l2, intercept };
  }
  // The form offers no cross-validation beside these.
  const given = l2 as NetworkSpec['l2'];
  if (form.model === 'ridge') return { kind: 'ridge', l2: given, intercept };
  if (form.model === 'smoothHinge') {
    return { kind: 'smoothHinge', l2: given, intercept, temperature: Number(form.temperature) };
  }
  const network = {
    l2: given,
    hidden: parseUnits(form.hidden) ?? [],
    activation: form.activation,
    damping: Number(form.damping),
    training: {
      optimiser: form.optimiser,
      momentum: Number(form.momentum),
      learningRate: Number(form.learningRate),
      schedule: form.schedule,
      batchSize: form.batchSize,
      epochs: form.epochs,
      checkpointEvery: form.checkpointEvery,
      gradientGoal: Number(form.gradientGoal),
      seed: form.trainingSeed,
      device: form.trainer,
    },
  };
  if (form.model === 'mlp') return { kind: 'mlp', ...network };
  return { kind: 'cnn', channels: parseUnits(form.channels) ?? [], ...network };
}

/** Calls `need` for every field that the chosen model has. */
export function checkModelForm(
  form: ModelForm,
  need: (field: keyof ModelForm, holds: boolean, message: string) => void,
): void {
  const whole = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 1;
  if (form.model === 'smoothHinge') need('temperature', Number(form.temperature) > 0, 'A number above 0, such as 0.1.');
  if (form.model !== 'mlp' && form.model !== 'cnn') return;
  const hidden = parseUnits(form.hidden);
  const most = form.model === 'mlp' ? 8 : 4;
  need('hidden', hidden !== null && hidden.length <= most, `At most ${most} whole numbers: 64, 32. Empty: none.`);
  if (form.model === 'cnn') {
    const channels = parseUnits(form.channels);
    need('channels', channels !== null && channels.length >= 1 && channels.length <= 4, '1 to 4 whole numbers: 8, 16.');
  }
  need('damping', Number(form.damping) > 0, 'A number above 0.');
  need('learningRate', Number(form.learningRate) > 0, 'A number above 0.');
  const momentum = Number(form.momentum);
  need('momentum', form.optimiser !== 'momentum' || (momentum >= 0 && momentum < 1), 'From 0 to below 1.');
  need('batchSize', whole(form.batchSize), 'A whole number from 1.');
  need('epochs', whole(form.epochs), 'A whole number from 1.');
  need('checkpointEvery', whole(form.checkpointEvery), 'A whole number from 1.');
  need('gradientGoal', Number(form.gradientGoal) >= 0, '0, or a number above it.');
  need('trainingSeed', Number.isInteger(form.trainingSeed), 'A whole number.');
}

/** "64, 32" → [64, 32]; "" → []; null when it is not a list of whole numbers from 1 to 4096. */
export function parseUnits(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  if (parts.some((part) => !/^\d+$/.test(part) || Number(part) < 1 || Number(part) > 4096)) return null;
  return parts.map(Number);
}
