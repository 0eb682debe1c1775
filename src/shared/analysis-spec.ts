/**
 * The field `analyses` of study.json: what else to find out once the groups' effects are known. Each entry is computed
 * after the last batch, is kept on its own, and is about removing rows (the dose–response: about re-weighting them).
 *
 *     "analyses": [
 *       { "kind": "doseResponse",   "groups": { "mostInfluential": 4 }, "weights": { "from": 0, "to": 2, "count": 21 } },
 *       { "kind": "pairs",          "groups": { "mostInfluential": 12 } },
 *       { "kind": "shapley",        "groups": { "ids": ["race=Other", "race=Asian"] }, "permutations": 200, "seed": 0 },
 *       { "kind": "largestGroup",   "size": 100, "direction": "raise" }
 *     ]
 *
 * Each has also "evaluation": { "quantity": "margin" | "loss" | "meanTestLoss", "target": a test row, "all" or a slice
 * such as "class=1" }; the mean test loss over all test rows when left out. "groups" are the ones with the largest
 * influence in size on that evaluation, or those with the ids of groups.json.
 */
import { z } from 'zod';
import { MOST_PAIRED_GROUPS } from './analysis-limits.ts';

const evaluation = z
  .strictObject({
    quantity: z.enum(['margin', 'loss', 'meanTestLoss']).default('meanTestLoss'),
    /** A test row number for margin and loss; "all" or a slice such as "class=1" for the mean test loss. */
    target: z.string().min(1).default('all'),
  })
  .default({ quantity: 'meanTestLoss', target: 'all' });

const chosenGroups = (most: number, count: number) =>
  z
    .union([
      z.strictObject({ mostInfluential: z.number().int().min(1).max(most) }),
      z.strictObject({ ids: z.array(z.string().min(1)).min(1).max(most) }),
    ])
    .default({ mostInfluential: count });

export const analysisSpec = z.discriminatedUnion('kind', [
  /** Effect of groups re-weighted from … to: 0 leaves them out, 1 is the fit, 2 has each row twice. */
  z.strictObject({
    kind: z.literal('doseResponse'),
    groups: chosenGroups(24, 4),
    evaluation,
    weights: z
      .strictObject({
        from: z.number().min(0).max(1).default(0),
        to: z.number().min(1).max(2).default(2),
        count: z.number().int().min(3).max(201).default(21),
      })
      .default({ from: 0, to: 2, count: 21 }),
  }),
  /** Effect of every two groups together against the sum of theirs. */
  z.strictObject({ kind: z.literal('pairs'), groups: chosenGroups(MOST_PAIRED_GROUPS, 12), evaluation }),
  /** Each group's fair share of what removing all of them does; exact for up to 12 groups. */
  z.strictObject({
    kind: z.literal('shapley'),
    groups: chosenGroups(200, 8),
    evaluation,
    permutations: z.number().int().min(2).max(100_000).default(200),
    seed: z.number().int().default(0),
  }),
  /** The training rows, so many, whose removal raises (or lowers) the evaluation most: greedy, then retrained. */
  z.strictObject({
    kind: z.literal('largestGroup'),
    evaluation,
    size: z.number().int().min(1).max(5000),
    direction: z.enum(['raise', 'lower']).default('raise'),
  }),
]);

export type AnalysisSpec = z.output<typeof analysisSpec>;
export type AnalysisKind = AnalysisSpec['kind'];
export type AnalysisSpecOf<K extends AnalysisKind> = Extract<AnalysisSpec, { kind: K }>;
export type ChosenGroups = AnalysisSpecOf<'pairs'>['groups'];
