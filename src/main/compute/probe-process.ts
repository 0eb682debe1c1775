/**
 * Tries a device in a child process: a native library that crashes or hangs while it is loaded takes that
 * process with it, not this one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { LeverageError } from '../../shared/errors.ts';

export type ProbeAnswer = { ok: true; gigaflops: number; title?: string } | { ok: false; reason: string };

/** What the child writes before its answer: libraries write to the same stream. */
export const ANSWER_MARK = 'leverage-probe ';
/** Set in the child, which must not start another. */
export const PROBING = 'LEVERAGE_PROBING';

const TIMEOUT_S = 20;
/** Of what a library complains, the end is kept. */
const KEPT_CHARACTERS = 4000;

export interface ProbeOptions {
  /** The child's entry; another one for tests. */
  entry?: URL;
  timeoutSeconds?: number;
}

/**
 * Opens the named device in a process of its own, computes a product there and ends it.
 * @returns GFLOP/s of the product, or one sentence why there is none
 * @throws LeverageError 'cancelled' when `signal` aborts
 */
export async function probeInProcess(
  name: string,
  signal?: AbortSignal,
  options: ProbeOptions = {},
): Promise<ProbeAnswer> {
  const { entry = probeEntry(), timeoutSeconds = TIMEOUT_S } = options;
  if (process.env[PROBING] !== undefined) return { ok: false, reason: 'A trial does not start another trial.' };
  if (signal?.aborted) throw cancelled();
  const child = spawn(process.execPath, [fileURLToPath(entry), name], {
    env: { ...process.env, [PROBING]: '1', ELECTRON_RUN_AS_NODE: '1', NVIDIA_TF32_OVERRIDE: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  signal?.addEventListener('abort', end, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeoutSeconds * 1000);
  try {
    const { output, complaint, ending } = await finished(child);
    if (signal?.aborted) throw cancelled();
    if (late) return { ok: false, reason: `It did not answer within ${timeoutSeconds} s.` };
    return answerIn(output) ?? { ok: false, reason: withoutAnswer(ending, complaint) };
  } finally {
    clearTimeout(timer);
    process.removeListener('exit', end);
    signal?.removeEventListener('abort', end);
  }
}

/** `probe-worker.ts` beside this source, or `probe-worker.js` beside the bundle (an entry of electron.vite.config.ts). */
function probeEntry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './probe-worker.ts' : './probe-worker.js', import.meta.url);
}

interface Finished {
  output: string;
  complaint: string;
  /** "exit code 1", "SIGABRT". */
  ending: string;
}

function finished(child: ChildProcess): Promise<Finished> {
  return new Promise((resolve) => {
    let output = '';
    let complaint = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-KEPT_CHARACTERS)));
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (complaint = (complaint + text).slice(-KEPT_CHARACTERS)));
    child.on('error', (cause) => resolve({ output, complaint: cause.message, ending: 'it did not start' }));
    child.on('close', (code, killedBy) =>
      resolve({ output, complaint, ending: killedBy ?? `exit code ${String(code)}` }),
    );
  });
}

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), gigaflops: z.number(), title: z.string().optional() }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);

function answerIn(output: string): ProbeAnswer | null {
  const line = output.split('\n').findLast((text) => text.startsWith(ANSWER_MARK));
  if (line === undefined) return null;
  try {
    return answerSchema.parse(JSON.parse(line.slice(ANSWER_MARK.length)));
  } catch {
    // Cut off in the middle: the process did not end as it should.
    return null;
  }
}

function withoutAnswer(ending: string, complaint: string): string {
  const lines = complaint.split('\n').map((line) => line.trim());
  const said = lines.find((line) => /error|fatal|fail/i.test(line)) ?? lines.find((line) => line !== '');
  return `The process that tried it ended without an answer (${ending})${said === undefined ? '.' : `: ${said}`}`;
}

function cancelled(): LeverageError {
  return new LeverageError('cancelled', 'The trial of the device was cancelled.');
}
