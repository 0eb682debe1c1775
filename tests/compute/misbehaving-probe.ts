/** A trial's process for probe-process.test.ts that does what its argument says. */
import { ANSWER_MARK, probeInProcess } from '../../src/main/compute/probe-process.ts';

const behaviours: Record<string, () => void | Promise<void>> = {
  crash() {
    process.stderr.write('fatal: no such card\n', () => process.abort());
  },
  hang() {
    // As native code does: timers and signals of JavaScript are not heard.
    for (;;);
  },
  chatter() {
    process.stdout.write(`loading…\n${ANSWER_MARK}${JSON.stringify({ ok: true, gigaflops: 2.5 })}\ngood bye`);
  },
  nonsense() {
    process.stdout.write(`${ANSWER_MARK}{"ok": tr\n`);
  },
  silence() {},
  async nested() {
    process.stdout.write(`${ANSWER_MARK}${JSON.stringify(await probeInProcess('reference'))}\n`);
  },
};

await behaviours[process.argv[2] ?? '']?.();
