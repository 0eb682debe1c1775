/**
 * The study whose products are counted: `node --import count-products.ts overhead-study.ts STUDY.json DEVICE`.
 * Reads, fits, forms groups and computes, without the store; prints the seconds per stage and the groups as JSON.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readDatasetSpec } from '../../src/main/datasets/index.ts';
import { runStudy } from '../../src/main/studies/run-study.ts';
import type { Stage } from '../../src/shared/study.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import { startCounting, stopCounting } from './count-products.ts';

const [file, device] = process.argv.slice(2);
const spec = parseStudySpec(JSON.parse(readFileSync(file, 'utf8')));
const dataset = await readDatasetSpec(spec.dataset, dirname(file), { progress: () => {}, cancelled: () => false });
const seconds: Partial<Record<Stage, number>> = {};
let groups = 0;
let title = '';
await runStudy(
  {
    spec,
    dataset,
    datasetFingerprint: '',
    fileGroups: {},
    device: device === undefined || device === '' ? null : device,
    state: { fit: null, groups: null, batchesDone: new Set(), analysesDone: new Set() },
  },
  {
    progress({ stage }) {
      if (stage === 'influence' || stage === 'retrain') startCounting();
      else stopCounting();
    },
    fitted: async (_, provenance) => void (title = provenance.device),
    grouped: async (formed) => void (groups = formed.groups.length),
    batch: async () => {},
    analysis: async () => {},
    stageSeconds: (stage, value) => void (seconds[stage] = value),
    cancelled: () => false,
  },
);
console.log(JSON.stringify({ seconds, groups, device: title }));
