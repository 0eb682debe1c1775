/** The sections of the bench: each measures, says what it measured, and adds its rows to the table. */
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import { groupGrowth, growthLines, rowGrowth, type Growth } from './growth.ts';
import { measureOverhead, overheadLines, type Overhead } from './overhead.ts';
import { isEqualAccuracy, isRetraining, runPeer, type PeerFigures } from './peer.ts';
import { runStudyApart, type FinishedStudy, type StudyFigures } from './study.ts';
import { benchPointwise, type PointwiseFigures } from './pointwise.ts';
import { atLeast, atMost, type Row } from './table.ts';
import { missingFile, studyOf, WHOLE_STUDY, WORKLOADS, type Workload, type WorkloadName } from './workloads.ts';

export const SECTIONS = ['diabetes', 'enron', 'mnist', 'leave-one-out', 'pointwise', 'overhead', 'growth'] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface BenchSetting {
  /** Null: the automatic choice. */
  device: string | null;
  /** Budget of each peer. */
  seconds: number;
  /** Groups of every study; null: each workload's own number. */
  groups: number | null;
  /** For temporary files. */
  scratch: string;
  say(line: string): void;
}

export interface BenchFigures {
  device: string | null;
  studies: Partial<Record<WorkloadName | 'leave-one-out', StudyFigures>>;
  peers: Partial<Record<WorkloadName, PeerFigures[]>>;
  overhead: Partial<Record<WorkloadName, Overhead>>;
  growth: Growth[];
  pointwise: PointwiseFigures | null;
  rows: Row[];
}

interface Bench extends BenchSetting {
  figures: BenchFigures;
}

/** Of each promise: against the paper's call, and the best peer at equal accuracy. */
const PROMISED: Record<WorkloadName, { paper: number; equal?: number; whole?: number }> = {
  diabetes: { paper: 150, equal: 15, whole: 70 },
  enron: { paper: 12, equal: 6 },
  mnist: { paper: 20 },
};
const LEAVE_ONE_OUT_MOST = 10;
const OVERHEAD_MOST = 2;
const MNIST_BYTES = 4 * 2 ** 30;
/** Groups whose products are counted: a few batches. */
const COUNTED_GROUPS = { diabetes: 340, mnist: 34 } as const;

export async function runBench(sections: readonly SectionName[], setting: BenchSetting): Promise<BenchFigures> {
  const figures: BenchFigures = {
    device: setting.device,
    studies: {},
    peers: {},
    overhead: {},
    growth: [],
    pointwise: null,
    rows: [],
  };
  const bench = { ...setting, figures };
  for (const name of sections) {
    setting.say('');
    try {
      await measure[name](bench);
    } catch (thrown) {
      setting.say(`${name}: not measured (${thrown instanceof Error ? thrown.message : String(thrown)})`);
      figures.rows.push(notMeasured(name, setting.device));
    }
  }
  return figures;
}

const measure: Record<SectionName, (bench: Bench) => Promise<void>> = {
  diabetes: (bench) => againstPeers(bench, WORKLOADS.diabetes),
  enron: (bench) => againstPeers(bench, WORKLOADS.enron),
  mnist: (bench) => againstPeers(bench, WORKLOADS.mnist),
  'leave-one-out': leaveOneOut,
  pointwise,
  overhead,
  growth,
};

function notMeasured(workload: string, device: string | null): Row {
  return { workload, against: '', promised: '', measured: 'not measured', met: null, device: device ?? 'automatic' };
}

/** Says it and returns false where its data are not here. */
function isHere({ say, figures, device }: Bench, workload: Workload): boolean {
  const file = missingFile(workload);
  if (file === null) return true;
  say(`${workload.title}: not measured, ${file.replace(/.*\/shared\//, '../shared/')} is not here.`);
  figures.rows.push(notMeasured(workload.title, device));
  return false;
}

async function ownStudy(bench: Bench, workload: Workload & { name: WorkloadName }): Promise<FinishedStudy> {
  const study = await runStudyApart(studyOf(workload, bench.groups ?? workload.groups), bench);
  bench.figures.studies[workload.name] = study.figures;
  for (const line of studyLines(study.figures)) bench.say(`  ${line}`);
  return study;
}

function studyLines(study: StudyFigures): string[] {
  const staged = Object.values(study.seconds).reduce((sum, seconds) => sum + seconds, 0);
  const share = (seconds: number): string =>
    `${seconds.toFixed(2)} s (${((100 * seconds) / study.wholeSeconds).toFixed(0)} %)`;
  const stages = [...Object.entries(study.seconds), ['start, store and bundle', study.wholeSeconds - staged] as const];
  return [
    `${study.groups} groups · ${study.device} · ${study.preconditioner}`,
    stages
      .filter(([, seconds]) => seconds > 0.005)
      .map(([stage, seconds]) => `${stage} ${share(seconds)}`)
      .join(' · '),
    `effects (influence + Newton + actual) ${study.effectsSeconds.toFixed(2)} s, ${((1000 * study.effectsSeconds) / study.groups).toFixed(2)} ms a group; start to bundle ${study.wholeSeconds.toFixed(1)} s`,
    `worst relative gradient ${(study.worstRelativeGradient ?? NaN).toExponential(1)}, not converged ${study.notConverged}; peak memory ${mebibytes(study.peakBytes)}`,
  ];
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

async function againstPeers(bench: Bench, workload: Workload & { name: WorkloadName }): Promise<void> {
  bench.say(`${workload.title}, λ/n ${workload.relativeL2}`);
  if (!isHere(bench, workload)) return;
  const study = await ownStudy(bench, workload);
  const { figures } = study;
  const peers: PeerFigures[] = [];
  bench.figures.peers[workload.name] = peers;
  for (const call of workload.peers) {
    try {
      const given = {
        dataset: workload.peerDataset,
        bundle: study.bundle,
        seconds: bench.seconds,
        scratch: bench.scratch,
      };
      const peer = await runPeer(call, given);
      peers.push(peer);
      for (const line of peerLines(peer, figures)) bench.say(`  ${line}`);
    } catch (thrown) {
      bench.say(`  ${call.solver}, ${call.layout} X: not measured (${(thrown as Error).message})`);
    }
  }
  study.dispose();
  bench.figures.rows.push(...peerRows(workload, figures, peers));
  if (workload.name === 'mnist') bench.figures.rows.push(memoryRow(workload, figures));
}

const times = (peer: PeerFigures, { groups }: StudyFigures, seconds: number): number =>
  (peer.secondsPerGroup * groups) / seconds;

function peerLines(peer: PeerFigures, study: StudyFigures): string[] {
  const accuracy = isEqualAccuracy(peer)
    ? 'equal accuracy'
    : isRetraining(peer)
      ? 'less accurate than ours'
      : 'no retraining: it stops too early';
  return [
    `${peer.title}: ${(1000 * peer.secondsPerGroup).toFixed(0)} ± ${(1000 * peer.standardError).toFixed(0)} ms a group (${peer.groups} groups) → effects ${times(peer, study, study.effectsSeconds).toFixed(1)} ×, start to bundle ${times(peer, study, study.wholeSeconds).toFixed(1)} ×`,
    `    ${gradientWords(peer)} (${accuracy})`,
  ];
}

const gradientWords = (peer: PeerFigures): string =>
  `relative gradient median ${peer.medianRelativeGradient.toExponential(1)}, worst ${peer.worstRelativeGradient.toExponential(1)}`;

function fastest(peers: readonly PeerFigures[]): PeerFigures | null {
  return peers.reduce<PeerFigures | null>(
    (best, peer) => (best === null || peer.secondsPerGroup < best.secondsPerGroup ? peer : best),
    null,
  );
}

function peerRows(
  { name, title }: Workload & { name: WorkloadName },
  study: StudyFigures,
  peers: PeerFigures[],
): Row[] {
  const { paper, equal, whole } = PROMISED[name];
  const common = { workload: `${title}, ${study.groups} groups`, device: study.device };
  const row = (against: string, peer: PeerFigures | null, least: number, seconds: number): Row =>
    peer === null
      ? { ...common, against, promised: `≥ ${least} ×`, measured: 'not measured', met: null }
      : atLeast({ ...common, against: `${against}: ${peer.title}` }, least, times(peer, study, seconds));
  const papers = peers.filter((peer) => peer.solver === 'lbfgs');
  const rows = papers.map((peer) => {
    const one = row('the paper’s call', peer, paper, study.effectsSeconds);
    if (isRetraining(peer)) return one;
    // The time of something else than a retraining decides nothing.
    return { ...one, measured: `${one.measured}, stops at ${gradientWords(peer)}`, met: null };
  });
  if (papers.length === 0) rows.push(row('the paper’s call', null, paper, study.effectsSeconds));
  if (equal !== undefined) {
    const exact = fastest(peers.filter(isEqualAccuracy));
    rows.push(row('best at equal accuracy', exact, equal, study.effectsSeconds));
  }
  if (whole !== undefined)
    rows.push(
      row('start to bundle, the paper’s call', fastest(papers.filter(isRetraining)), whole, study.wholeSeconds),
    );
  return rows;
}

function memoryRow({ title }: Workload, { groups, peakBytes, device }: StudyFigures): Row {
  return {
    workload: `${title}, ${groups} groups`,
    against: `memory of the whole study of ${WHOLE_STUDY} groups`,
    promised: '≤ 4096 MiB',
    measured: mebibytes(peakBytes),
    // Fewer groups can show that it does not fit, not that it does.
    met: peakBytes > MNIST_BYTES ? false : groups >= WHOLE_STUDY ? true : null,
    device,
  };
}

/** Every training row alone, against the study of groups: the same number of rows per group where fewer groups are asked for. */
async function leaveOneOut(bench: Bench): Promise<void> {
  const workload = WORKLOADS.diabetes;
  const groups = bench.groups ?? workload.groups;
  const rows = Math.round((20_000 * Math.min(groups, WHOLE_STUDY)) / WHOLE_STUDY);
  bench.say(`Exact leave-one-out, ${rows} Diabetes rows`);
  if (!isHere(bench, workload)) return;
  const alone = rows === 20_000 ? true : { from: 0, to: rows };
  const study = { ...studyOf(workload, groups), name: 'leave-one-out', groups: { leaveOneOut: alone } };
  try {
    parseStudySpec(study);
  } catch {
    bench.say('  not measured: the study file does not know the field groups.leaveOneOut yet.');
    bench.figures.rows.push(notMeasured('exact leave-one-out', bench.device));
    return;
  }
  let reference = bench.figures.studies.diabetes;
  if (reference === undefined) {
    const grouped = await ownStudy(bench, workload);
    grouped.dispose();
    reference = grouped.figures;
  }
  const finished = await runStudyApart(study, bench);
  finished.dispose();
  const { figures } = finished;
  bench.figures.studies['leave-one-out'] = figures;
  for (const line of studyLines(figures)) bench.say(`  ${line}`);
  const ratio = figures.wholeSeconds / reference.wholeSeconds;
  bench.say(
    `  ${ratio.toFixed(2)} × the study of ${reference.groups} groups, start to bundle; effects ${(figures.effectsSeconds / reference.effectsSeconds).toFixed(2)} ×`,
  );
  const row = { workload: `exact leave-one-out, ${figures.groups} rows`, device: figures.device };
  bench.figures.rows.push(
    atMost({ ...row, against: `the Diabetes study of ${reference.groups} groups` }, LEAVE_ONE_OUT_MOST, ratio),
  );
}

async function pointwise(bench: Bench): Promise<void> {
  bench.say('All n × m influences');
  const { lines, figures, rows } = await benchPointwise(bench);
  for (const line of lines) bench.say(`  ${line}`);
  bench.figures.pointwise = figures;
  bench.figures.rows.push(...rows);
}

async function overhead(bench: Bench): Promise<void> {
  for (const name of ['diabetes', 'mnist'] as const) {
    const workload = WORKLOADS[name];
    bench.say(`Overhead over the bare matrix products, ${workload.title}`);
    if (!isHere(bench, workload)) continue;
    const groups = Math.min(bench.groups ?? Infinity, COUNTED_GROUPS[name]);
    const measured = await measureOverhead(studyOf(workload, groups), bench);
    if (measured === null) {
      bench.say('  not measured: this device does not compute with ONNX Runtime, whose products are counted.');
      bench.figures.rows.push(notMeasured(`overhead, ${workload.title}`, bench.device));
      continue;
    }
    bench.figures.overhead[name] = measured;
    for (const line of overheadLines(measured)) bench.say(`  ${line}`);
    const row = { workload: `overhead, ${workload.title}, ${measured.groups} groups`, device: measured.device };
    bench.figures.rows.push(
      atMost({ ...row, against: 'its own matrix products, bare' }, OVERHEAD_MOST, measured.ratio),
    );
  }
}

async function growth(bench: Bench): Promise<void> {
  const { diabetes } = WORKLOADS;
  bench.say(`Growth, ${diabetes.title}`);
  if (!isHere(bench, diabetes)) return;
  const groups = bench.groups ?? diabetes.groups;
  for (const one of [await groupGrowth({ ...bench, groups }), await rowGrowth({ ...bench, groups })]) {
    bench.figures.growth.push(one);
    for (const line of growthLines(one)) bench.say(`  ${line}`);
    bench.figures.rows.push({
      workload: `growth with ${one.of}, ${diabetes.title}`,
      against: one.points.map(({ size }) => size).join(', '),
      promised: 'linear',
      measured: `power ${one.exponent.toFixed(2)}`,
      met: null,
      device: bench.figures.studies.diabetes?.device ?? bench.device ?? 'automatic',
    });
  }
}
