/** Our side of the bench: a study by the command line, in a process of its own so that time and memory are its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Stage } from '../../src/shared/study.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const CLI = resolve(HERE, '../../src/main/cli.ts');

export interface StudyFigures {
  groups: number;
  device: string;
  preconditioner: string;
  seconds: Partial<Record<Stage, number>>;
  /** Influence, Newton and actual of all groups. */
  effectsSeconds: number;
  /** From the start of the process to its end, when the bundle is written. */
  wholeSeconds: number;
  peakBytes: number;
  worstRelativeGradient: number | null;
  notConverged: number;
}

/** Keeps the bundle until it is disposed of: the peers read groups and fit from it. */
export interface FinishedStudy {
  figures: StudyFigures;
  bundle: string;
  dispose(): void;
}

/**
 * Runs a study file's content with a store of its own and writes its bundle, all in a temporary folder.
 * Throws with the command's last words when it fails.
 * @param scratch where its folder is made
 */
export async function runStudyApart(
  study: Record<string, unknown>,
  { device, scratch }: { device: string | null; scratch: string },
): Promise<FinishedStudy> {
  const folder = mkdtempSync(join(scratch, 'study-'));
  const file = join(folder, 'study.json');
  const bundle = join(folder, 'bundle');
  writeFileSync(file, JSON.stringify(study));
  const preload = pathToFileURL(join(HERE, 'peak-memory.ts')).href;
  const choice = device === null ? [] : ['--device', device];
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', preload, CLI, 'run', file, '--out', bundle, '--store', join(folder, 'store.sqlite'), ...choice],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LEVERAGE_BENCH_FOLDER: folder, LEVERAGE_HOME: folder },
    },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
  const status = await new Promise<number | null>((end, fail) => child.on('error', fail).on('close', end));
  const wholeSeconds = (performance.now() - began) / 1000;
  if (status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`the study ended with status ${status}: ${words.trim().split('\n').at(-1) ?? ''}`);
  }
  const summary = JSON.parse(readFileSync(join(bundle, 'summary.json'), 'utf8')) as Summary;
  const { influence = 0, retrain = 0 } = summary.secondsPerStage;
  return {
    figures: {
      groups: summary.groups,
      device: summary.device,
      preconditioner: summary.preconditioner,
      seconds: summary.secondsPerStage,
      effectsSeconds: influence + retrain,
      wholeSeconds,
      peakBytes: Number(readFileSync(join(folder, `peak-${child.pid}`), 'utf8')),
      worstRelativeGradient: summary.retraining.largestRelativeGradientNorm,
      notConverged: summary.retraining.groups - summary.retraining.converged,
    },
    bundle,
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the bench reads of a bundle's summary.json. */
interface Summary {
  groups: number;
  device: string;
  preconditioner: string;
  secondsPerStage: Partial<Record<Stage, number>>;
  retraining: { groups: number; converged: number; largestRelativeGradientNorm: number | null };
}
