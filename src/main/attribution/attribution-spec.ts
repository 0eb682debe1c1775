/** What a shoot-out is asked for: the schema of an attribution file, with `dataset` and `model` as in study.json. */
import { z } from 'zod';
import { invalidInput } from '../../shared/errors.ts';
import { datasetSpec, deepestIssue, studySpec } from '../../shared/study-spec.ts';
import { ATTRIBUTION_NAMES } from './estimators/index.ts';
import { METRICS } from './shoot-out.ts';

const count = z.number().int().nonnegative();

export const attributionSpec = z.strictObject({
  dataset: datasetSpec,
  model: studySpec.shape.model,
  estimators: z
    .array(z.enum(ATTRIBUTION_NAMES))
    .min(1)
    .default(['leaveOneOut', 'influence', 'rescaled', 'secondOrder', 'newton', 'representer', 'tracin']),
  metrics: z.array(z.enum(METRICS)).min(1).default(['correlation', 'lds', 'mislabel', 'overlap']),
  /** Training rows whose removal, each alone, is asked for: drawn at random; all rows where they are fewer. */
  points: count.default(100),
  /** Random groups, for LDS and the groups' correlations. */
  groups: count.default(40),
  /** Rows of a group, as a share of the training rows. */
  groupShare: z.number().gt(0).lt(1).default(0.1),
  /** Test rows that are targets, drawn at random; their mean is the last target. */
  testPoints: z.number().int().positive().default(5),
  /** Share of the training labels that are flipped on purpose before training: what the mislabel metric looks for. */
  flip: z.number().min(0).lt(0.5).default(0),
  seed: z.number().int().default(0),
  /** GiB that an estimator may take. */
  memory: z.number().positive().default(4),
});
export type AttributionSpec = z.output<typeof attributionSpec>;

/** Throws 'invalidInput' naming the field's path. */
export function parseAttributionSpec(value: unknown, where: string): AttributionSpec {
  const parsed = attributionSpec.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = deepestIssue(parsed.error.issues);
  throw invalidInput(
    `${where}: ${issue.path.length === 0 ? 'the top level' : `field "${issue.path.join('.')}"`}: ${issue.message}.`,
    'Correct the field and run again.',
  );
}
