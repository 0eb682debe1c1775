/** Loaded before a study's process (`--import`): leaves that process's peak memory, in bytes, where the bench finds it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const folder = process.env['LEVERAGE_BENCH_FOLDER'];

/** `maxRSS` is in kibibytes on every platform. */
const KIB = 1024;

// Threads load this too: the peak is the process's, and is written once.
if (isMainThread && folder !== undefined) {
  process.on('exit', () => {
    writeFileSync(join(folder, `peak-${process.pid}`), String(process.resourceUsage().maxRSS * KIB));
  });
}
