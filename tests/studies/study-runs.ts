/** Real runs of small studies, as the engine starts them, kept in memory. */
import { join } from 'node:path';
import { readSample } from '../../src/main/datasets/index.ts';
import type { StoredFit } from '../../src/main/models/fitted-model.ts';
import { runStudy, type StudyDevices } from '../../src/main/studies/run-study.ts';
import type { BatchResult, StudyGroups, StudyRequest, StudySink } from '../../src/main/studies/study-run.ts';
import type { AnalysisResult } from '../../src/shared/analyses.ts';
import type { Provenance } from '../../src/shared/study.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';

export interface Kept {
  fit: StoredFit | null;
  provenance: Provenance[];
  groups: StudyGroups | null;
  batches: Map<number, BatchResult>;
  analyses: Map<number, AnalysisResult>;
}

export function nothingKept(): Kept {
  return { fit: null, provenance: [], groups: null, batches: new Map(), analyses: new Map() };
}

export async function sampleRequest(
  sample: 'digits' | 'breast-cancer',
  device: string | null,
  sizes = 2,
): Promise<Omit<StudyRequest, 'state'>> {
  const spec = parseStudySpec({
    dataset: { sample, standardise: sample === 'breast-cancer' },
    groups: { constructors: ['random', 'sharedFeature'], sizes: { count: sizes } },
    evaluate: { testPoints: { rows: [3, 5] } },
    estimators: ['influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear'],
  });
  const dataset = await readSample(sample, join(import.meta.dirname, '../../resources/samples'));
  return { spec, dataset, datasetFingerprint: '', fileGroups: {}, device };
}

/** Runs what is left of a study and adds what comes to `kept`. */
export async function run(
  request: Omit<StudyRequest, 'state'>,
  kept: Kept,
  options: {
    cancelled?: () => boolean;
    afterBatch?: () => void;
    afterAnalysis?: () => void;
    devices?: StudyDevices;
  } = {},
): Promise<void> {
  const sink: StudySink = {
    progress: () => {},
    fitted: async (fit, provenance) => {
      const { summary, coefficients, logits, classes, featureNames } = fit;
      kept.fit ??= { summary, coefficients, logits, classes, featureNames };
      kept.provenance.push(provenance);
    },
    grouped: async (groups) => void (kept.groups = groups),
    batch: async (result) => {
      kept.batches.set(result.batch, result);
      options.afterBatch?.();
    },
    analysis: async ({ position, result }) => {
      kept.analyses.set(position, result);
      options.afterAnalysis?.();
    },
    stageSeconds: () => {},
    cancelled: () => options.cancelled?.() ?? false,
  };
  const state = {
    fit: kept.fit,
    groups: kept.groups,
    batchesDone: new Set(kept.batches.keys()),
    analysesDone: new Set(kept.analyses.keys()),
  };
  await runStudy({ ...request, state }, sink, options.devices);
}

/** Everything of the batches but the time they took. */
export function comparable({ batches }: Kept): unknown {
  return [...batches.values()]
    .toSorted((a, b) => a.batch - b.batch)
    .map(({ batch, values, retraining }) => ({
      batch,
      values: Array.from(values),
      retraining: retraining.map((one) => ({ ...one, seconds: 0 })),
    }));
}
