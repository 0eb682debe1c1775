/**
 * How a big CSV is imported: seconds, peak memory, progress, and whether the engine answers meanwhile. By hand:
 *
 *     node tests/bench/import.ts [rows] [columns]      (400 000 rows × 60 columns: 190 MB)
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../../src/main/engine/create-engine.ts';

const [rows = 400_000, columns = 60] = process.argv.slice(2).map(Number);
const MEBI = 2 ** 20;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = await mkdtemp(join(tmpdir(), 'leverage-import-'));

try {
  const path = join(folder, 'big.csv');
  await writeTable(path);
  const { size } = await stat(path);
  const engine = await createEngine({
    storeFile: join(folder, 'store.sqlite'),
    samplesFolder: join(root, 'resources', 'samples'),
    host: 'cli',
    appVersion: '0',
  });
  await engine.call('datasets.list', {});
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  const { handle } = await engine.admitFile(path);
  let events = 0;
  let last = 0;
  let monotone = true;
  engine.subscribe((event) => {
    if (event.type !== 'import.progress') return;
    events += 1;
    monotone &&= event.bytesRead >= last;
    last = event.bytesRead;
  });

  const started = performance.now();
  await engine.call('datasets.preview', { files: [handle] });
  const preview = performance.now() - started;

  const cancelled = engine.call('datasets.import', { importId: 'cancelled', files: [handle] }).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const asked = performance.now();
  await engine.call('datasets.cancelImport', { importId: 'cancelled' });
  await cancelled;
  const cancelling = performance.now() - asked;
  const kept = (await engine.call('datasets.list', {})).filter((dataset) => !dataset.sample).length;

  events = last = 0;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const start = performance.now();
  let done = false;
  let slowest = 0;
  const importing = engine.call('datasets.import', { importId: 'whole', files: [handle] }).finally(() => (done = true));
  while (!done) {
    // Timed from when the call should have been made: a busy engine answers late.
    const due = performance.now() + 10;
    await new Promise((resolve) => setTimeout(resolve, 10));
    await engine.call('datasets.list', {});
    slowest = Math.max(slowest, performance.now() - due);
  }
  const dataset = await importing;
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  await engine.close();
  console.table({
    'file, MB': round(size / 1e6),
    'rows × columns': `${rows} × ${columns}`,
    'dataset, MB': round(dataset.bytes / 1e6),
    'preview, ms': round(preview),
    'import, s': round(seconds),
    'MB/s': round(size / 1e6 / seconds),
    'memory before, MiB': round(before / MEBI),
    'memory peak, MiB': round(peak / MEBI),
    'progress events': `${events}, ${round(events / seconds)} a second, ${monotone ? 'rising' : 'NOT RISING'}`,
    'slowest datasets.list, ms': round(slowest),
    'longest pause of the engine, ms': round(delay.max / 1e6),
    'cancel, ms': round(cancelling),
    'kept of the cancelled import': kept,
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** Five in six columns are numbers, the others categories of twelve values; the last one is the label. */
async function writeTable(path: string): Promise<void> {
  let state = 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const cell = (column: number): string => {
    if (column === columns - 1) return uniform() < 0.5 ? 'no' : 'yes';
    if (column % 6 === 5) return `category ${Math.floor(uniform() * 12)}`;
    return column % 6 === 4 ? String(Math.floor(uniform() * 100)) : (uniform() * 1000).toFixed(5);
  };
  const out = createWriteStream(path);
  out.write(`${Array.from({ length: columns }, (_, i) => (i === columns - 1 ? 'label' : `c${i}`)).join(',')}\n`);
  for (let row = 0; row < rows;) {
    const lines: string[] = [];
    for (; lines.length < 1000 && row < rows; row++)
      lines.push(Array.from({ length: columns }, (_, i) => cell(i)).join(','));
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
