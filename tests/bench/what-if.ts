/**
 * `node tests/bench/what-if.ts [--sets N] [--device NAME]`: how long a person waits for influence and Newton of a set
 * of rows on Diabetes (n = 20,000, d = 127), all the measurements of a default study: 6 test points' margin and loss,
 * self-loss, mean test loss over 81,766 rows. Sets are round outlines in the plane of the first two principal
 * components, of 1 to 25 % of the rows. Measured as the served page asks: encoded for the wire, to the engine's own
 * process and its thread, and back, with both ends' decoding. Needs ../shared/data; says so when it is not there.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEngineClient } from '../../src/main/engine/engine-client.ts';
import type { Engine } from '../../src/shared/contract.ts';
import type { WhatIfModel, WhatIfPrediction } from '../../src/shared/what-if.ts';
import { createFrameReader, encodeFrames, type WireMessage } from '../../src/shared/wire.ts';
import { mixed } from '../numerics/golden-rows.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const DATA = resolve(HERE, '../../../shared/data');
const FILE = 'diabetes/diabetes.npz';

const { values: options } = parseArgs({
  options: { sets: { type: 'string', default: '50' }, device: { type: 'string' } },
});

if (!existsSync(join(DATA, FILE))) console.log(`Not run: ../shared/data/${FILE} is not here.`);
else {
  const folder = mkdtempSync(join(tmpdir(), 'leverage-what-if-'));
  const engine = await startEngineClient({
    storeFile: join(folder, 'store.sqlite'),
    samplesFolder: resolve(HERE, '../../resources/samples'),
    device: options.device ?? null,
    host: 'cli',
    appVersion: 'bench',
  });
  try {
    await measure(engine, await fittedStudy(engine));
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A study with every measurement and next to no groups. @returns its id */
async function fittedStudy(engine: Engine): Promise<string> {
  const { id: dataset } = await engine.call('datasets.ensure', { spec: { file: FILE }, folder: DATA });
  const { id } = await engine.call('studies.run', {
    spec: {
      name: 'what-if',
      dataset: { id: dataset },
      model: { l2: { relative: 2.154e-4 } },
      groups: { constructors: ['random'], sizes: { count: 1 } },
      tolerance: 1e-10,
    },
  });
  for (;;) {
    const { status, failure } = await engine.call('studies.get', { id });
    if (status === 'done') return id;
    if (status === 'failed') throw new Error(failure?.message);
    await new Promise((later) => setTimeout(later, 100));
  }
}

async function measure(engine: Engine, id: string): Promise<void> {
  const model = await engine.call('whatif.open', { id });
  const begun = performance.now();
  const { values } = await engine.call('whatif.points', {
    id,
    columns: [{ kind: 'component1' }, { kind: 'component2' }],
  });
  const columnsMs = performance.now() - begun;
  const sets = roundOutlines(model, values, Number(options.sets));
  console.log(
    `${model.trainRows} rows × ${model.featureNames.length} features, ${model.evaluations.length} measurements, ${model.device}`,
  );
  console.log(
    `  model placed in ${model.seconds.toFixed(2)} s; two principal components of all rows in ${columnsMs.toFixed(0)} ms`,
  );
  // The first few compile.
  for (const rows of sets.slice(0, 5)) await askOverTheWire(engine, id, rows, true);
  const largest = Math.max(...sets.map((rows) => rows.length));
  for (const means of [false, true]) {
    const waited: number[] = [];
    const computed: number[] = [];
    for (const rows of sets) {
      const since = performance.now();
      const answer = await askOverTheWire(engine, id, rows, means);
      waited.push(performance.now() - since);
      computed.push(1000 * answer.seconds);
      if (answer.newton === null || answer.size !== rows.length) throw new Error('an answer without its numbers');
    }
    const what = means ? 'with the mean over all test rows, as when the hand rests' : 'as while an outline is drawn';
    console.log(
      `  influence and Newton of ${sets.length} sets of up to ${largest} rows, ${what}\n` +
        `    waited:   ${summary(waited)}; over 100 ms: ${waited.filter((ms) => ms > 100).length}\n` +
        `    computed: ${summary(computed)}`,
    );
  }
  const retrained: number[] = [];
  for (const rows of sets.slice(0, 10)) {
    const since = performance.now();
    const { retraining } = await engine.call('whatif.retrain', { id, view: 'bench', rows });
    retrained.push(performance.now() - since);
    if (!retraining.converged) console.log('    a retraining did not reach its tolerance');
  }
  console.log(`  retrained exactly, ${retrained.length} sets: ${summary(retrained)}`);
  const evaluation = model.evaluations[0];
  const rows = sets[0];
  const shares = Array.from({ length: 21 }, (_, t) => t / 20);
  const doses: number[] = [];
  for (let k = 0; k < 5; k++) {
    const since = performance.now();
    await engine.call('whatif.dose', { id, view: 'bench', rows, evaluation, shares });
    doses.push(performance.now() - since);
  }
  console.log(`  dose–response of ${rows.length} rows at 21 shares: ${summary(doses)}`);
}

/** As the served page's call travels: msgpack frames, the engine's process, its thread, and back. */
async function askOverTheWire(engine: Engine, id: string, rows: Int32Array, means: boolean): Promise<WhatIfPrediction> {
  const call = sent({ kind: 'call', id: 1, method: 'whatif.predict', input: { id, view: 'bench', rows, means } });
  if (call.kind !== 'call') throw new Error('a call became something else');
  const input = call.input as { id: string; view: string; rows: Int32Array; means: boolean };
  const value = await engine.call('whatif.predict', input);
  const answer = sent({ kind: 'answer', id: 1, answer: { ok: true, value } });
  if (answer.kind !== 'answer' || !answer.answer.ok) throw new Error('an answer became something else');
  return answer.answer.value as WhatIfPrediction;
}

function sent(message: WireMessage): WireMessage {
  const read = createFrameReader();
  let received: WireMessage | null = null;
  for (const frame of encodeFrames(message)) received = read(frame);
  if (received === null) throw new Error('a message was not whole');
  return received;
}

/** Around a random row, the rows nearest to it in the plane: 1 to 25 % of all. */
function roundOutlines({ trainRows: n }: WhatIfModel, plane: Float64Array, count: number): Int32Array[] {
  const random = mixed(20, 2 * count);
  const spread = [0, 1].map((c) => {
    const values = plane.subarray(c * n, (c + 1) * n);
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / n) || 1;
  });
  return Array.from({ length: count }, (_, k) => {
    const centre = random[2 * k] % n;
    const share = 0.01 + 0.24 * (random[2 * k + 1] / 2 ** 32);
    const distance = Float64Array.from({ length: n }, (_, i) =>
      Math.hypot(...[0, 1].map((c) => (plane[c * n + i] - plane[c * n + centre]) / spread[c])),
    );
    const order = Int32Array.from(distance.keys()).sort((a, b) => distance[a] - distance[b] || a - b);
    return order.slice(0, Math.round(share * n)).sort();
  });
}

function summary(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))].toFixed(0);
  return `median ${at(0.5)} ms, 90 % within ${at(0.9)} ms, worst ${at(1)} ms`;
}
