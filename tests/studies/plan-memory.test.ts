/** The planned memory against peaks of whole processes, measured by `npm run bench` on two cores. */
import { expect, it } from 'vitest';
import type { Dataset } from '../../src/shared/dataset.ts';
import { plannedBytes } from '../../src/main/studies/plan-memory.ts';

const MIB = 2 ** 20;
const block = (kind: 'dense' | 'sparse', entries: number): Pick<Dataset, 'block'> => ({
  block:
    kind === 'dense'
      ? { kind, columns: 1, names: null, scale: 1, data: new Uint8Array(0) }
      : {
          kind,
          columns: 1,
          names: null,
          scale: 1,
          data: { length: entries } as Uint8Array,
          indices: new Int32Array(0),
          indptr: new Int32Array(0),
        },
});
const planned = (
  kind: 'dense' | 'sparse',
  entries: number,
  shape: Omit<Parameters<typeof plannedBytes>[1], 'lanes' | 'clusters'>,
): number => plannedBytes(block(kind, entries) as Dataset, { ...shape, lanes: 2, clusters: true }) / MIB;

it.each([
  {
    name: 'Diabetes',
    peak: 1309,
    found: planned('dense', 0, { n: 20_000, testRows: 81_766, p: 128, logits: 1, batch: 128 }),
  },
  {
    name: 'Enron',
    peak: 798,
    found: planned('sparse', 213_000, { n: 4137, testRows: 1034, p: 3290, logits: 1, batch: 128 }),
  },
])('is no less than the peak of $name and no more than twice', ({ peak, found }) => {
  expect(found).toBeGreaterThan(peak);
  expect(found).toBeLessThan(2 * peak);
});

it('grows with rows, and with lanes where batches are the largest part', () => {
  const shape = { n: 200_000, testRows: 10, p: 20, logits: 1, batch: 128, clusters: false };
  const dataset = block('dense', 0) as Dataset;
  const one = plannedBytes(dataset, { ...shape, lanes: 1 });
  expect(plannedBytes(dataset, { ...shape, lanes: 4 })).toBeGreaterThan(one);
  expect(plannedBytes(dataset, { ...shape, lanes: 1, n: 400_000 })).toBeGreaterThan(one);
});
