/**
 * The schema of study.json: the contract of the headless interface, and what the
 * window edits. Unknown fields are refused with their path.
 */
import { z } from 'zod';
import { analysisSpec } from './analysis-spec.ts';
import { columnTypes, textColumns } from './column-options.ts';
import { CONSTRUCTORS, ESTIMATORS, INTERVENTIONS, QUANTITIES } from './quantities.ts';
import { invalidInput } from './errors.ts';

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
  model: z
    .strictObject({
      l2: l2.default({ relative: 1e-3 }),
      intercept: z.boolean().default(true),
      /** A study of the store, of another λ on the same features, at whose optimum the fit begins. Bundles leave it out. */
      warmStart: z.string().min(1).optional(),
    })
    .default({ l2: { relative: 1e-3 }, intercept: true }),
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
