/**
 * How long the engine takes to sort, filter, summarise and page a million generated rows, and the longest time for
 * which it answers nobody else meanwhile. Processor time is told beside it: it is what a machine without other work
 * would take.
 *
 *     node tests/bench/browse.ts [rows]
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { rowBrowser } from '../../src/main/browse/row-browser.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import type { RowFilter, RowQuery, SortKey } from '../../src/shared/browse.ts';
import type { Dataset } from '../../src/shared/dataset.ts';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const REPEATS = 5;
/** What is promised of sorting a million rows. */
const LIMIT_MS = 1000;

const dataset = generated(ROWS);
/** A browser that has kept nothing yet. */
const fresh = () =>
  rowBrowser({
    dataset: () => dataset,
    model: () => Promise.reject(new Error('there is no model')),
    group: () => new Int32Array(0),
  });

const query = (sort: SortKey[], filters: RowFilter[] = []): RowQuery => ({
  ...{ dataset: 'generated', split: 'train', study: null, point: null },
  sort,
  filters,
});
const by = (column: string, descending = false): SortKey => ({ column, descending });
const narrow: RowFilter[] = [
  { kind: 'range', column: 'c1', from: -1, to: 1, missing: false },
  { kind: 'class', classes: ['yes'], out: false },
];

console.log(`${ROWS.toLocaleString('en')} rows, six columns; median of ${REPEATS}, nothing kept from before`);
await measure('sort by a number with holes', (it) => page(it, query([by('c1')])), LIMIT_MS);
await measure('sort by whole numbers, descending', (it) => page(it, query([by('c2', true)])), LIMIT_MS);
await measure('sort by a category of 1,000 levels', (it) => page(it, query([by('c3')])), LIMIT_MS);
await measure('sort by a text of as many levels as rows', (it) => page(it, query([by('c4')])), LIMIT_MS);
await measure('sort by a category, then by a number', (it) => page(it, query([by('c3'), by('c1')])), LIMIT_MS);
await measure('filter by a range and a class', (it) => page(it, query([], narrow)), LIMIT_MS);
await measure('filter by text that a million texts may contain', (it) =>
  page(it, query([], [{ kind: 'text', column: 'c4', contains: '77', out: false }])),
);
await measure('filter, then sort what is kept', (it) => page(it, query([by('c1')], narrow)), LIMIT_MS);
await measure('heads of all columns', (it) => it.heads(query([], narrow), ['c0', 'c1', 'c2', 'c3', 'c4']));
const kept = fresh();
await page(kept, query([by('c1')]));
await measure('another page of an order that is kept', () => page(kept, query([by('c1')]), Math.floor(ROWS / 2)), 50);

/** Lets the event loop go round, as it does between two calls. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

function page(browser: ReturnType<typeof fresh>, asked: RowQuery, offset = 0) {
  return browser.page(asked, ['c0', 'c1', 'c2', 'c3', 'c4'], offset, 100);
}

async function measure(title: string, work: (browser: ReturnType<typeof fresh>) => Promise<unknown>, limit?: number) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  const worked: number[] = [];
  delay.enable();
  for (let k = 0; k < REPEATS; k++) {
    await turn();
    const begun = performance.now();
    const processor = process.cpuUsage();
    await work(fresh());
    times.push(performance.now() - begun);
    const { user, system } = process.cpuUsage(processor);
    worked.push((user + system) / 1000);
    await turn();
  }
  delay.disable();
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[REPEATS >> 1];
  const median = middle(times);
  const verdict = limit === undefined ? '' : `, promised < ${limit} ms: ${median < limit ? 'kept' : 'NOT kept'}`;
  console.log(
    `${title}: ${median.toFixed(0)} ms, ${middle(worked).toFixed(0)} ms of processor time (longest stretch ${(delay.max / 1e6).toFixed(0)} ms)${verdict}`,
  );
  if (limit !== undefined && !(median < limit)) process.exitCode = 1;
}

function generated(rows: number): Dataset {
  const stream = openStream(1, 'browse');
  const numbers = (make: () => number) => Float64Array.from({ length: rows }, make);
  const codes = (levels: number) => Int32Array.from({ length: rows }, () => stream.below(levels));
  const texts = Array.from({ length: rows }, (_, row) => `customer ${String(row).padStart(8, '0')} wrote`);
  const wards = Array.from({ length: 1000 }, (_, code) => `ward ${code}`).sort();
  const gauss = () => (stream.unit() + stream.unit() + stream.unit() - 1.5) * 2;
  return {
    name: 'generated',
    trainRows: rows,
    testRows: 0,
    columns: [
      { kind: 'category', name: 'y', role: 'target', codes: codes(2), levels: ['no', 'yes'] },
      { kind: 'number', name: 'x', role: 'feature', values: numbers(() => (stream.below(50) === 0 ? NaN : gauss())) },
      { kind: 'number', name: 'age', role: 'feature', values: numbers(() => stream.below(100)) },
      { kind: 'category', name: 'ward', role: 'group', codes: codes(1000), levels: wards },
      { kind: 'category', name: 'letter', role: 'ignore', codes: codes(rows), levels: texts },
    ],
    block: null,
    image: null,
    source: 'generated',
    notes: [],
  };
}
