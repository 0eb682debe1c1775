/** The peers' side of the bench: scikit-learn and SciPy in Debian's Python, on as many threads as we use. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
export const PYTHON = '/usr/bin/python3';

/** A peer that takes longer is given up. */
const LONGEST_MS = 3_600_000;

export type PeerDataset = { npz: string } | { images: string; labels: string; skip: number };

export interface PeerCall {
  solver: 'lbfgs' | 'newton-cholesky' | 'newton-cg' | 'scipy-lbfgsb';
  /** null: the largest with which a sample of groups reaches EQUAL_ACCURACY. */
  tolerance: number | null;
  layout: 'dense' | 'sparse';
}

/** Median relative gradient from which a peer's retraining counts as exact as ours (which certifies 1e-8). */
export const EQUAL_ACCURACY = 1e-6;
/** How far above it the worst group may be (as in peer.py). */
const SLACK = 10;
/** A call that leaves a larger relative gradient has hardly moved: that is no retraining. */
const NO_RETRAINING = 0.1;

export interface PeerFigures extends PeerCall {
  title: string;
  /** Tolerance that was used: for SciPy of the gradient's largest component, relative to |g(w)|. */
  used: number;
  groups: number;
  secondsPerGroup: number;
  standardError: number;
  worstRelativeGradient: number;
  medianRelativeGradient: number;
}

export const isEqualAccuracy = (peer: PeerFigures): boolean =>
  peer.medianRelativeGradient <= EQUAL_ACCURACY && peer.worstRelativeGradient <= SLACK * EQUAL_ACCURACY;
export const isRetraining = (peer: PeerFigures): boolean => peer.worstRelativeGradient <= NO_RETRAINING;

/** Throws with Python's last line when it can not be measured. */
export async function runPeer(
  call: PeerCall,
  given: { dataset: PeerDataset; bundle: string; seconds: number; scratch: string },
): Promise<PeerFigures> {
  const folder = mkdtempSync(join(given.scratch, 'peer-'));
  const file = join(folder, 'call.json');
  writeFileSync(
    file,
    JSON.stringify({
      ...call,
      dataset: given.dataset,
      groups: join(given.bundle, 'groups.json'),
      model: join(given.bundle, 'model.json'),
      target: EQUAL_ACCURACY,
      seconds: given.seconds,
      least: 3,
    }),
  );
  const result = JSON.parse(await python([join(HERE, 'peer.py'), file])) as Measured;
  const library = call.solver === 'scipy-lbfgsb' ? 'SciPy L-BFGS-B' : `scikit-learn ${call.solver}`;
  const memory = result.memory === null ? '' : `, memory ${result.memory}`;
  return {
    ...call,
    title: `${library}, ${call.layout} X, tol ${result.tolerance.toExponential(0)}${memory}`,
    used: result.tolerance,
    groups: result.groups,
    secondsPerGroup: result.secondsPerGroup,
    standardError: result.standardError,
    worstRelativeGradient: result.worstRelativeGradient,
    medianRelativeGradient: result.medianRelativeGradient,
  };
}

interface Measured {
  tolerance: number;
  memory: number | null;
  groups: number;
  secondsPerGroup: number;
  standardError: number;
  worstRelativeGradient: number;
  medianRelativeGradient: number;
}

/** What a Python program prints. Throws with the last line it says on standard error. */
export async function python(words: string[]): Promise<string> {
  const threads = String(Math.min(availableParallelism(), 16));
  const child = spawn(PYTHON, words, {
    timeout: LONGEST_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads },
  });
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const status = await new Promise<number | null>((end, fail) => child.on('error', fail).on('close', end));
  if (status === null) throw new Error(`ended after ${LONGEST_MS / 60_000} minutes`);
  if (status !== 0) throw new Error(errors.trim().split('\n').at(-1) || `status ${status}`);
  return out;
}
