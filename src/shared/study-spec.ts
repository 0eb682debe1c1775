/**
 * The schema of study.json: the contract of the headless interface, and what the
 * window edits. Unknown fields are refused with their path.
 */
import { z } from 'zod';
import { analysisSpec } from './analysis-spec.ts';
import { columnTypes, textColumns } from './column-options.ts';
import { CONSTRUCTORS, ESTIMATORS, INTERVENTIONS, QUANTITIES } from './quantities.ts';
import { invalidInput } from './errors.ts';
import { isTrainable } from './model-kinds.ts';

export { isNetwork, isTrainable } from './model-kinds.ts';

const positive = z.number().positive();
const row = z.number().int().nonnegative();

/** How the columns of a table become target, features and groups. */
const tableOptions = {
  label: z.string().min(1).optional(),
  groupColumns: z.array(z.string()).optional(),
  ignore: z.array(z.string()).optional(),
  weightColumn: z.string().optional(),
  standardise: z.boolean().optional(),
  /** Types of columns, where they shall not be found by reading: "number", "category" or "text". */
  types: columnTypes.optional(),
  /** Text columns and how their words are counted; naming a column here makes it text. */
  text: textColumns.optional(),
  /** Numeric columns with missing values: what stands in for them. Refused when needed and not given. */
  missingNumbers: z.enum(['mean', 'median', 'zero', 'dropRow']).optional(),
};

const testSplit = z.union([
  z.string().min(1),
  z.strictObject({ fraction: z.number().gt(0).lt(1), seed: z.number().int().optional() }),
]);

const imageFiles = z.strictObject({ images: z.string().min(1), labels: z.string().min(1) });

export const datasetSpec = z.union([
  /**
   * A dataset already in the store, by id (the window's form). `source` is the dataset as a study
   * file named it before it was imported: an exported study tells that instead of the id.
   */
  z.strictObject({
    id: z.string().min(1),
    standardise: z.boolean().optional(),
    source: z.record(z.string(), z.unknown()).optional(),
  }),
  /** One of the bundled samples: "breast-cancer" or "digits". */
  z.strictObject({ sample: z.string().min(1), standardise: z.boolean().optional() }),
  /** NPZ. */
  z.strictObject({ file: z.string().min(1), standardise: z.boolean().optional() }),
  /** IDX. */
  z.strictObject({
    train: imageFiles,
    test: imageFiles,
    validationRows: z.number().int().nonnegative().optional(),
    trainRows: z.number().int().positive().optional(),
    scale: positive.optional(),
  }),
  /** CSV/TSV, Parquet, Arrow or JSON lines, or svmlight (which has no column names: `label` is then left out). */
  z.strictObject({ train: z.string().min(1), test: testSplit.optional(), ...tableOptions }),
]);

const l2 = z.union([
  z.strictObject({ relative: positive }),
  z.strictObject({ absolute: positive }),
  z.strictObject({
    crossValidate: z.strictObject({
      folds: z.number().int().min(2).default(5),
      from: positive.default(1e-4),
      to: positive.default(1e-1),
      count: z.number().int().min(1).default(10),
    }),
  }),
]);

const given = z.union([z.strictObject({ relative: positive }), z.strictObject({ absolute: positive })]).default({ relative: 1e-3 });
const intercept = z.boolean().default(true);
const count = z.number().int().positive();

/** How a network is trained: the update rule is that of TrainingRecipe (src/main/models/trainable/trainable-model.ts). */
const training = z.strictObject({
  optimiser: z.enum(['sgd', 'momentum', 'adam']).default('momentum'),
  /** μ of "momentum". */
  momentum: z.number().min(0).lt(1).default(0.9),
  learningRate: positive.default(0.05),
  /** "cosine" falls to 0 over the training, "step" divides by 10 after half and three quarters of the epochs. */
  schedule: z.enum(['constant', 'cosine', 'step']).default('cosine'),
  batchSize: count.default(64),
  epochs: count.default(30),
  /** θ is kept after every so many epochs, and after the last. */
  checkpointEvery: count.default(5),
  /** Training stops early where ‖∇ objective‖/Σs is below it; 0: never. */
  gradientGoal: z.number().nonnegative().default(0),
  /** Of the initialisation and the order of the rows. */
  seed: z.number().int().default(0),
  /** Where the steps are computed; "auto": TensorFlow's library on a GPU, else its WASM backend, else this program in float64. */
  device: z.enum(['auto', 'tensorflow-gpu', 'tensorflow-wasm', 'float64']).default('auto'),
});
const trainingDefaults = training.parse({});
const network = {
  /** λ of (λ/2)‖weights‖²: the weight decay. Biases are free. */
  l2: given,
  intercept: z.literal(true).default(true),
  activation: z.enum(['relu', 'tanh', 'gelu']).default('relu'),
  /** Added to the Gauss–Newton matrix in influence and Newton, per Σs: a network is not at a strict minimum. */
  damping: positive.default(1e-3),
  training: training.default(trainingDefaults),
};

/**
 * The model; without `kind` (or with either of its names) logistic regression for two classes, softmax for more.
 * "ridge": least squares on the label's numbers, or on −1 and +1 for two classes. "smoothHinge": the SVM of Koh & Liang 2017,
 * two classes. "mlp": a perceptron with these hidden layers. "cnn", of images: 3×3 convolutions, each with 2×2 mean pooling,
 * then the hidden layers. A network's inputs are the features over their root mean square (one number).
 */
const model = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.enum(['logistic', 'softmax']).optional(),
      l2: l2.default({ relative: 1e-3 }),
      intercept,
      /** A study of the store, of another λ on the same features, at whose optimum the fit begins. Bundles leave it out. */
      warmStart: z.string().min(1).optional(),
    }),
    z.strictObject({ kind: z.literal('ridge'), l2: given, intercept }),
    z.strictObject({ kind: z.literal('smoothHinge'), l2: given, intercept, temperature: positive.default(0.1) }),
    z.strictObject({ kind: z.literal('mlp'), hidden: z.array(count.max(4096)).max(8).default([64]), ...network }),
    z.strictObject({
      kind: z.literal('cnn'),
      channels: z.array(count.max(256)).min(1).max(4).default([8, 16]),
      hidden: z.array(count.max(4096)).max(4).default([]),
      ...network,
    }),
  ], { error: (issue) => (issue.code === 'invalid_union' ? 'Must be "logistic", "softmax", "ridge", "smoothHinge", "mlp" or "cnn"' : undefined) })
  .default({ l2: { relative: 1e-3 }, intercept: true });

const constructedGroups = z.strictObject({
  constructors: z.array(z.enum(CONSTRUCTORS)).min(1).default([...CONSTRUCTORS]),
  sizes: z
    .strictObject({
      from: z.number().gt(0).lt(1).default(0.0025),
      to: z.number().gt(0).lt(1).default(0.25),
      count: z.number().int().min(1).default(100),
    })
    .default({ from: 0.0025, to: 0.25, count: 100 }),
  seed: z.number().int().default(0),
});

export const groupSource = z.union([
  constructedGroups,
  /** `permutations`: beside them so many random groups of the size of each, against which its effects are judged (p-values). */
  z.strictObject({ column: z.string().min(1), minimumSize: z.number().int().positive().optional(), permutations: z.number().int().min(1).max(9999).optional() }),
  z.strictObject({ file: z.string().min(1) }),
  /** Every training row alone, or those of a range: `from` … `to` − 1. */
  z.strictObject({
    leaveOneOut: z.union([
      z.literal(true),
      z.strictObject({ from: row.default(0), to: z.number().int().positive().optional() }),
    ]),
  }),
  /** Groups of the dataset that were named in the window, by name or id; a stored study has their rows instead. */
  z.strictObject({ named: z.array(z.string().min(1)).min(1) }),
  /** Row lists written in place (the window's hand-made groups). */
  z.strictObject({
    members: z.array(z.strictObject({ id: z.string().min(1), label: z.string().optional(), rows: z.array(row) })).min(1),
  }),
]);

const evaluate = z.strictObject({
  testPoints: z
    .union([
      z.strictObject({
        highestLoss: z.number().int().nonnegative().default(3),
        random: z.number().int().nonnegative().default(3),
      }),
      z.strictObject({ rows: z.array(row) }),
    ])
    .default({ highestLoss: 3, random: 3 }),
  quantities: z.array(z.enum(QUANTITIES)).min(1).default([...QUANTITIES]),
  /** Slices of the test rows for meanTestLoss: "class", or the name of a column. One evaluation per value. */
  slices: z.array(z.string()).optional(),
});

export const studySpec = z.strictObject({
  name: z.string().min(1).default('study'),
  dataset: datasetSpec,
  model,
  groups: z.union([groupSource, z.array(groupSource).min(1)]).default({
    constructors: [...CONSTRUCTORS],
    sizes: { from: 0.0025, to: 0.25, count: 100 },
    seed: 0,
  }),
  evaluate: evaluate.default({ testPoints: { highestLoss: 3, random: 3 }, quantities: [...QUANTITIES] }),
  /** What is done to each group: "remove" (when left out), or "add": its rows count once more. */
  effect: z.enum(INTERVENTIONS).optional(),
  estimators: z.array(z.enum(ESTIMATORS)).min(1).default(['influence', 'newton', 'actual']),
  /** Computed after the groups: see analysis-spec.ts. */
  analyses: z.array(analysisSpec).min(1).max(20).optional(),
  /** Certified relative gradient norm of every retrained group. */
  tolerance: positive.max(1e-2).default(1e-8),
  /**
   * Set by the command line on what it stores: the folder of the study file, to which the names of
   * group files are relative. Bundles leave it out again.
   */
  folder: z.string().optional(),
});

/** Every default written out. */
export type StudySpec = z.output<typeof studySpec>;
/** As a person writes it. */
export type StudySpecInput = z.input<typeof studySpec>;
export type DatasetSpec = z.output<typeof datasetSpec>;
export type GroupSource = z.output<typeof groupSource>;
export type ModelSpec = StudySpec['model'];
export type NetworkSpec = Extract<ModelSpec, { kind: 'mlp' | 'cnn' }>;
export type L2Spec = z.output<typeof l2>;

/** Validates `value`; a failure names the file (or "the study") and the field's path. */
export function parseStudySpec(value: unknown, where = 'the study'): StudySpec {
  const parsed = studySpec.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = deepestIssue(parsed.error.issues);
  throw invalidInput(
    `${where}: ${issue.path.length === 0 ? 'the top level' : `field "${issue.path.join('.')}"`}: ${issue.message}.`,
    'See the study format in the README; correct the field and run again.',
  );
}

interface FlatIssue {
  path: PropertyKey[];
  message: string;
}

/** The one issue to tell. Inside a union, the branch that got furthest is the one the writer meant. */
export function deepestIssue(issues: readonly z.core.$ZodIssue[]): FlatIssue {
  const [first] = issues;
  if (first === undefined) return { path: [], message: 'is not a study' };
  if (first.code === 'unrecognized_keys') {
    return { path: [...first.path, first.keys[0] ?? ''], message: 'is not a known field' };
  }
  if (first.code === 'invalid_union' && first.errors.length > 0) {
    const candidates = first.errors.filter((branch) => branch.length > 0).map((branch) => ({ branch, flat: deepestIssue(branch) }));
    candidates.sort((a, b) => a.branch.length - b.branch.length || b.flat.path.length - a.flat.path.length);
    const [best] = candidates;
    if (best !== undefined) return { path: [...first.path, ...best.flat.path], message: best.flat.message };
  }
  return { path: [...first.path], message: lowerFirst(first.message) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Refuses models that the batched solvers of logistic and softmax regression do not know. `what` begins the sentence: "The theory". */
export function requireRegression(model: ModelSpec, what: string): void {
  if (!isTrainable(model)) return;
  throw invalidInput(
    `${what} is for logistic and softmax regression; the model of this study is "${model.kind}".`,
    'Choose a study of logistic or softmax regression.',
  );
}
