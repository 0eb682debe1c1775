/**
 * `npm run bench [-- WORKLOAD …] [--seconds N]`: our time against scikit-learn's, measured in one run
 * on one machine and told as ratios. Needs ../shared/data and Debian's python3-sklearn; what is
 * missing is said and left out.
 *
 * The peer retrains one group at a time, warm-started at the full fit (Koh et al. 2019's own code does
 * so with lbfgs); it is timed on a random sample of the very groups of our study and scaled to all.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readDatasetSpec } from '../../src/main/datasets/index.ts';
import { bundleFiles } from '../../src/main/report/bundle.ts';
import { runStudy } from '../../src/main/studies/run-study.ts';
import type { BatchResult, StudyGroups } from '../../src/main/studies/study-run.ts';
import { agreements } from '../../src/shared/agreement.ts';
import type { DatasetSpec } from '../../src/shared/study-spec.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import type { StoredFit } from '../../src/main/models/fitted-model.ts';
import type { Provenance, Stage } from '../../src/shared/study.ts';

interface Workload {
  title: string;
  file: string;
  dataset: DatasetSpec;
  relativeL2: number;
  sizes: number;
  /** Solver and tolerance: the paper's call, then scikit-learn's fastest at our accuracy. */
  peers: [solver: string, tolerance: number][];
}

const HERE = dirname(fileURLToPath(import.meta.url));
const DATA = resolve(HERE, '../../../shared/data');

const WORKLOADS: Record<string, Workload> = {
  diabetes: {
    title: 'Diabetes, 20,000 × 127',
    file: 'diabetes/diabetes.npz',
    dataset: { file: 'diabetes/diabetes.npz' },
    relativeL2: 2.154e-4,
    sizes: 100,
    peers: [
      ['lbfgs', 1e-8],
      ['newton-cholesky', 1e-8],
    ],
  },
  enron: {
    title: 'Enron, 4,137 × 3,289',
    file: 'enron/enron.npz',
    dataset: { file: 'enron/enron.npz' },
    relativeL2: 1e-3,
    sizes: 20,
    peers: [
      ['lbfgs', 1e-8],
      ['newton-cg', 1e-8],
    ],
  },
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '30' }, sizes: { type: 'string' } },
});

for (const name of positionals.length > 0 ? positionals : Object.keys(WORKLOADS)) {
  const workload = WORKLOADS[name];
  if (workload === undefined) {
    console.log(`There is no workload "${name}"; there are ${Object.keys(WORKLOADS).join(', ')}.`);
    process.exitCode = 2;
  } else if (!existsSync(join(DATA, workload.file))) {
    console.log(`${workload.title}: not run, ../shared/data/${workload.file} is not here.`);
  } else {
    await measure(workload);
  }
}

async function measure(workload: Workload): Promise<void> {
  console.log(`\n${workload.title}, λ/n ${workload.relativeL2}`);
  const folder = mkdtempSync(join(tmpdir(), 'leverage-bench-'));
  try {
    const began = performance.now();
    const ours = await runOurs(workload);
    const whole = (performance.now() - began) / 1000;
    const groups = ours.groups.groups;
    const effects = (ours.seconds.influence ?? 0) + (ours.seconds.retrain ?? 0);
    console.log(`  groups ${groups.length} · ${ours.provenance.device} · ${ours.provenance.preconditioner}`);
    console.log(
      `  stages ${Object.entries(ours.seconds)
        .map(([stage, seconds]) => `${stage} ${seconds.toFixed(2)} s`)
        .join(' · ')}`,
    );
    console.log(
      `  effects (influence + Newton + actual) ${effects.toFixed(1)} s, ${((1000 * effects) / groups.length).toFixed(2)} ms a group; start to bundle ${whole.toFixed(1)} s`,
    );
    console.log(
      `  worst relative gradient ${ours.worst.toExponential(1)}, not converged ${ours.unconverged}; peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
    );
    const groupsFile = join(folder, 'groups.json');
    writeFileSync(groupsFile, JSON.stringify(groups.map(({ members }) => ({ members: Array.from(members) }))));
    for (const [solver, tolerance] of workload.peers) {
      const peer = runPeer(join(DATA, workload.file), groupsFile, ours.fit.summary.lambda, solver, tolerance);
      if (peer === null) continue;
      const all = peer.secondsPerGroup * groups.length;
      console.log(
        `  scikit-learn ${solver} tol ${tolerance}: ${(1000 * peer.secondsPerGroup).toFixed(0)} ms a group (${peer.groups} groups, relative gradient up to ${peer.worstRelativeGradient.toExponential(1)}) → effects ${(all / effects).toFixed(1)} ×, start to bundle ${(all / whole).toFixed(1)} ×`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Ours {
  groups: StudyGroups;
  fit: StoredFit;
  provenance: Provenance;
  seconds: Partial<Record<Stage, number>>;
  worst: number;
  unconverged: number;
}

/** The study as the command line runs it, without the store: read, fit, form, compute, bundle. */
async function runOurs(workload: Workload): Promise<Ours> {
  const control = { progress: () => {}, cancelled: () => false };
  const dataset = await readDatasetSpec(workload.dataset, DATA, control);
  const spec = parseStudySpec({
    name: workload.title,
    dataset: workload.dataset,
    model: { l2: { relative: workload.relativeL2 } },
    groups: { sizes: { count: options.sizes === undefined ? workload.sizes : Number(options.sizes) } },
  });
  const kept: { groups?: StudyGroups; fit?: StoredFit; provenance?: Provenance } = {};
  const batches: BatchResult[] = [];
  const seconds: Partial<Record<Stage, number>> = {};
  await runStudy(
    {
      spec,
      dataset,
      datasetFingerprint: '',
      fileGroups: {},
      device: null,
      state: { fit: null, groups: null, batchesDone: new Set() },
    },
    {
      progress: () => {},
      fitted: async (fit, provenance) => void Object.assign(kept, { fit, provenance }),
      grouped: async (groups) => void (kept.groups = groups),
      batch: async (result) => void batches.push(result),
      stageSeconds: (stage, value) => void (seconds[stage] = value),
      cancelled: () => false,
    },
  );
  const { groups, fit, provenance } = kept;
  if (groups === undefined || fit === undefined || provenance === undefined) throw new Error('the study kept nothing');
  const values = new Float64Array(groups.evaluations.length * spec.estimators.length * groups.groups.length);
  for (const batch of batches) {
    const series = groups.evaluations.length * spec.estimators.length;
    for (let s = 0; s < series; s++) {
      values.set(
        batch.values.subarray(s * batch.groupCount, (s + 1) * batch.groupCount),
        s * groups.groups.length + batch.firstGroup,
      );
    }
  }
  const retraining = batches.flatMap((batch) => batch.retraining);
  const { evaluations } = groups;
  const files = bundleFiles({
    spec,
    fit,
    groups: groups.groups,
    evaluations,
    estimators: spec.estimators,
    effects: { groupCount: groups.groups.length, evaluations, estimators: spec.estimators, values },
    retraining,
    agreements: agreements(evaluations, spec.estimators, groups.groups, values),
    provenance,
    secondsPerStage: seconds,
    notes: groups.notes,
  });
  // Written out in full, as the bundle's writer does.
  for (const { content } of files)
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) for (const _ of content);
  return {
    groups,
    fit,
    provenance,
    seconds,
    worst: retraining.reduce((top, one) => Math.max(top, one.relativeGradientNorm), 0),
    unconverged: retraining.filter((one) => !one.converged).length,
  };
}

interface Peer {
  secondsPerGroup: number;
  groups: number;
  worstRelativeGradient: number;
}

function runPeer(dataset: string, groups: string, lambda: number, solver: string, tolerance: number): Peer | null {
  const run = spawnSync(
    '/usr/bin/python3',
    [join(HERE, 'peer.py'), dataset, groups, String(lambda), solver, String(tolerance), options.seconds],
    { encoding: 'utf8', maxBuffer: 1 << 24 },
  );
  if (run.status !== 0) {
    console.log(
      `  scikit-learn ${solver}: not measured (${(run.stderr || run.error?.message || 'no python3').trim().split('\n').at(-1)})`,
    );
    return null;
  }
  return JSON.parse(run.stdout) as Peer;
}
