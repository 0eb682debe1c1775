/**
 * Entry of a trial: opens the device named by the first argument, computes a product and writes one line of JSON
 * (../compute/probe-process.ts reads it). A bundled build has it as `probe-worker.js` beside the engine's bundle.
 */
import { registry } from './index.ts';
import { ANSWER_MARK } from './probe-process.ts';

const answer = await registry.tryHere(process.argv[2] ?? '');
// The process ends as soon as the line is out: libraries leave threads behind.
process.stdout.write(`\n${ANSWER_MARK}${JSON.stringify(answer)}\n`, () => process.exit(0));
