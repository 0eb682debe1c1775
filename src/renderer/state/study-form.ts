/** The study form: what its fields hold, and the way to a study spec and back. Pure. */
import type { DatasetSummary } from '../../shared/dataset.ts';
import {
  CONSTRUCTORS,
  QUANTITIES,
  type ConstructorName,
  type Estimator,
  type Quantity,
} from '../../shared/quantities.ts';
import type { GroupSource, StudySpec, StudySpecInput } from '../../shared/study-spec.ts';
import {
  checkModelForm,
  emptyModelForm,
  modelForDataset,
  modelFormOf,
  modelOfForm,
  type ModelForm,
} from './study-form-model.ts';

export interface StudyForm extends ModelForm {
  /** Not made from another study: suggestions may still fill it. */
  fresh: boolean;
  name: string;
  datasetId: string;
  l2: 'relative' | 'absolute' | 'crossValidate';
  /** λ/n or λ, as typed. */
  lambda: string;
  folds: number;
  lambdaFrom: string;
  lambdaTo: string;
  lambdaCount: number;
  standardise: boolean;
  intercept: boolean;
  /** 'kept': the sources of the study this one was made from, which the fields below can not say. */
  groups: 'constructed' | 'column' | 'leaveOneOut' | 'kept';
  /** Those sources, while the study still has the same dataset; null without them. */
  kept: GroupSource[] | null;
  constructors: ConstructorName[];
  /** In percent of the training rows. */
  sizeFrom: string;
  sizeTo: string;
  sizeCount: number;
  seed: number;
  column: string;
  minimumSize: number;
  /** Of the rows removed one at a time. */
  firstRow: number;
  /** Empty: the last training row. */
  lastRow: string;
  testPoints: 'chosen' | 'rows';
  highestLoss: number;
  random: number;
  rows: string;
  quantities: Quantity[];
  slices: string[];
  estimators: Estimator[];
  tolerance: string;
}

export function emptyForm(dataset: DatasetSummary | null): StudyForm {
  return {
    ...emptyModelForm(dataset),
    fresh: true,
    name: dataset === null ? '' : dataset.name,
    datasetId: dataset?.id ?? '',
    l2: 'relative',
    lambda: '1e-3',
    folds: 5,
    lambdaFrom: '1e-4',
    lambdaTo: '1e-1',
    lambdaCount: 10,
    standardise: dataset !== null && dataset.image === null && !dataset.sparse,
    intercept: true,
    groups: 'constructed',
    kept: null,
    constructors: [...CONSTRUCTORS],
    sizeFrom: '0.25',
    sizeTo: '25',
    sizeCount: 100,
    seed: 0,
    column: dataset?.groupColumns[0] ?? '',
    minimumSize: 2,
    firstRow: 0,
    lastRow: '',
    testPoints: 'chosen',
    highestLoss: 3,
    random: 3,
    rows: '',
    quantities: [...QUANTITIES],
    slices: [],
    estimators: ['influence', 'newton', 'actual'],
    tolerance: '1e-8',
  };
}

/**
 * The form that would make `spec`, for duplicating a study. Group sources that the form has no fields for (several,
 * or rows written in place) are kept as they are; `sources` stand for the spec's own, files having been read.
 */
export function formOfSpec(
  spec: StudySpec,
  dataset: DatasetSummary | null,
  sources: GroupSource[] = Array.isArray(spec.groups) ? spec.groups : [spec.groups],
): StudyForm {
  const form = emptyForm(dataset);
  form.fresh = false;
  form.name = `${spec.name}, edited`;
  form.standardise = 'standardise' in spec.dataset && spec.dataset.standardise === true;
  Object.assign(form, modelFormOf(spec.model));
  form.intercept = spec.model.intercept;
  const { l2 } = spec.model;
  if ('relative' in l2) [form.l2, form.lambda] = ['relative', typed(l2.relative)];
  else if ('absolute' in l2) [form.l2, form.lambda] = ['absolute', typed(l2.absolute)];
  else {
    form.l2 = 'crossValidate';
    form.folds = l2.crossValidate.folds;
    form.lambdaFrom = typed(l2.crossValidate.from);
    form.lambdaTo = typed(l2.crossValidate.to);
    form.lambdaCount = l2.crossValidate.count;
  }
  const [source] = sources;
  if (source === undefined || sources.length > 1 || 'members' in source || 'file' in source) {
    [form.groups, form.kept] = ['kept', sources];
  } else if ('constructors' in source) {
    form.constructors = [...source.constructors];
    form.sizeFrom = percent(source.sizes.from);
    form.sizeTo = percent(source.sizes.to);
    form.sizeCount = source.sizes.count;
    form.seed = source.seed;
  } else if ('leaveOneOut' in source) {
    form.groups = 'leaveOneOut';
    if (source.leaveOneOut !== true) {
      form.firstRow = source.leaveOneOut.from;
      form.lastRow = source.leaveOneOut.to === undefined ? '' : String(source.leaveOneOut.to - 1);
    }
  } else {
    form.groups = 'column';
    form.column = source.column;
    form.minimumSize = source.minimumSize ?? 1;
  }
  const { testPoints, quantities, slices } = spec.evaluate;
  if ('rows' in testPoints) [form.testPoints, form.rows] = ['rows', testPoints.rows.join(', ')];
  else [form.highestLoss, form.random] = [testPoints.highestLoss, testPoints.random];
  form.quantities = [...quantities];
  form.slices = [...(slices ?? [])];
  form.estimators = [...spec.estimators];
  form.tolerance = typed(spec.tolerance);
  return form;
}

/** The form for another dataset: what belongs to the one before is given up, the rest stays. */
export function withDataset(form: StudyForm, before: DatasetSummary | null, next: DatasetSummary): StudyForm {
  const fresh = emptyForm(next);
  const column = next.groupColumns.includes(form.column) ? form.column : fresh.column;
  return {
    ...form,
    name: form.name === '' || form.name === before?.name ? next.name : form.name,
    datasetId: next.id,
    standardise: fresh.standardise,
    ...modelForDataset(form, next),
    column,
    kept: null,
    groups: form.groups === 'kept' || (form.groups === 'column' && column === '') ? 'constructed' : form.groups,
    firstRow: fresh.firstRow,
    lastRow: fresh.lastRow,
    slices: form.slices.filter((slice) => slice === 'class' || next.groupColumns.includes(slice)),
  };
}

export type Problems = Partial<Record<keyof StudyForm, string>>;

/** What has to be corrected before a study can run, by field; empty when all is well. */
export function problemsOf(form: StudyForm): Problems {
  const problems: Problems = {};
  const need = (field: keyof StudyForm, holds: boolean, message: string) => {
    if (!holds && problems[field] === undefined) problems[field] = message;
  };
  need('name', form.name.trim() !== '', 'Give the study a name.');
  need('datasetId', form.datasetId !== '', 'Choose a dataset.');
  checkModelForm(form, need);
  if (form.l2 === 'crossValidate') {
    need('lambdaFrom', Number(form.lambdaFrom) > 0, 'A number above 0.');
    need('lambdaTo', Number(form.lambdaTo) >= Number(form.lambdaFrom), 'Not below the first λ/n.');
    need('folds', isCount(form.folds, 2), 'At least 2 folds.');
    need('lambdaCount', isCount(form.lambdaCount, 1), 'At least one value.');
  } else need('lambda', Number(form.lambda) > 0, 'A number above 0, such as 1e-3.');
  if (form.groups === 'constructed') {
    const [from, to] = [Number(form.sizeFrom), Number(form.sizeTo)];
    need('constructors', form.constructors.length > 0, 'Choose at least one way to form groups.');
    need('sizeFrom', from > 0 && from < 100, 'Between 0 and 100 %.');
    need('sizeTo', to >= from && to < 100, 'From the smallest size to below 100 %.');
    need('sizeCount', isCount(form.sizeCount, 1), 'At least one size.');
    need('seed', Number.isInteger(form.seed), 'A whole number.');
  } else if (form.groups === 'column') {
    need('column', form.column !== '', 'Choose the column whose values are the groups.');
    need('minimumSize', isCount(form.minimumSize, 1), 'A whole number from 1.');
  } else if (form.groups === 'leaveOneOut') {
    const last = form.lastRow.trim();
    need('firstRow', isCount(form.firstRow, 0), 'A whole number from 0.');
    need('lastRow', last === '' || (/^\d+$/.test(last) && Number(last) >= form.firstRow), 'Not before the first row.');
  }
  if (form.testPoints === 'rows') {
    need('rows', parseRows(form.rows) !== null, 'Test row numbers, separated by commas: 12, 7, 104.');
  } else {
    need('highestLoss', isCount(form.highestLoss, 0), 'A whole number from 0.');
    need('random', isCount(form.random, 0), 'A whole number from 0.');
  }
  if (form.groups === 'kept')
    need(
      'kept',
      form.kept?.every((source) => !('file' in source)) ?? false,
      'The rows of the groups file are not stored: choose another way to form groups.',
    );
  need('quantities', form.quantities.length > 0, 'Choose at least one quantity.');
  need('estimators', form.estimators.length > 0, 'Choose at least one estimator.');
  const tolerance = Number(form.tolerance);
  need('tolerance', tolerance > 0 && tolerance <= 1e-2, 'Above 0 and at most 1e-2.');
  return problems;
}

/** The spec of a form without problems. */
export function specOfForm(form: StudyForm): StudySpecInput {
  return {
    name: form.name.trim(),
    dataset: { id: form.datasetId, standardise: form.standardise },
    model: modelOfForm(form, l2Of(form)),
    groups: groupsOf(form),
    evaluate: {
      testPoints:
        form.testPoints === 'rows'
          ? { rows: parseRows(form.rows) ?? [] }
          : { highestLoss: form.highestLoss, random: form.random },
      quantities: QUANTITIES.filter((name) => form.quantities.includes(name)),
      ...(form.slices.length > 0 && form.quantities.includes('meanTestLoss') ? { slices: form.slices } : {}),
    },
    estimators: form.estimators,
    tolerance: Number(form.tolerance),
  };
}

/** "12, 7 104" → [12, 7, 104]; null when it is not a list of row numbers. */
export function parseRows(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  if (parts.length === 0 || parts.some((part) => !/^\d+$/.test(part))) return null;
  return [...new Set(parts.map(Number))];
}

/** As a person would type it: 0.5, 2.154e-4. */
function typed(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-2 ? value.toExponential() : String(value);
}

/** An emptied number field holds null or undefined. */
function isCount(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least;
}

function groupsOf(form: StudyForm): StudySpecInput['groups'] {
  if (form.groups === 'kept' && form.kept !== null) {
    const [only] = form.kept;
    return form.kept.length === 1 && only !== undefined ? only : form.kept;
  }
  if (form.groups === 'leaveOneOut') {
    const last = form.lastRow.trim();
    if (form.firstRow === 0 && last === '') return { leaveOneOut: true };
    return { leaveOneOut: { from: form.firstRow, ...(last === '' ? {} : { to: Number(last) + 1 }) } };
  }
  if (form.groups === 'column') return { column: form.column, minimumSize: form.minimumSize };
  return {
    constructors: CONSTRUCTORS.filter((name) => form.constructors.includes(name)),
    sizes: { from: share(form.sizeFrom), to: share(form.sizeTo), count: form.sizeCount },
    seed: form.seed,
  };
}

function l2Of(form: StudyForm) {
  // Only the regression can choose λ itself.
  if (form.l2 === 'crossValidate' && form.model !== 'regression') return { relative: 1e-3 };
  if (form.l2 === 'relative') return { relative: Number(form.lambda) };
  if (form.l2 === 'absolute') return { absolute: Number(form.lambda) };
  const { folds, lambdaCount: count } = form;
  return { crossValidate: { folds, from: Number(form.lambdaFrom), to: Number(form.lambdaTo), count } };
}

function share(percentText: string): number {
  return Number((Number(percentText) / 100).toPrecision(12));
}

function percent(value: number): string {
  return String(Number((value * 100).toPrecision(12)));
}
