/** A dataset that is drawn by a rule: two features, two classes, some noise; small enough to be retrained at will. */
import type { Dataset } from '../../src/shared/dataset.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';

export interface MadeUp {
  trainRows?: number;
  testRows?: number;
  /** Training rows that are not there. */
  without?: ReadonlySet<number>;
}

export function madeUpLabels({ trainRows = 60, testRows = 20, without = new Set() }: MadeUp = {}): Dataset {
  const stream = openStream(7, 'made-up labels');
  const unit = (): number => stream.below(1_000_000) / 1_000_000;
  const kept: { x1: number; x2: number; y: number }[] = [];
  for (let row = 0; row < trainRows + testRows; row++) {
    const [x1, x2] = [4 * unit() - 2, 4 * unit() - 2];
    const y = x1 + 0.5 * x2 + (unit() - 0.5) > 0 ? 1 : 0;
    if (row >= trainRows || !without.has(row)) kept.push({ x1, x2, y });
  }
  const number = (name: 'x1' | 'x2') => ({
    ...{ kind: 'number' as const, name, role: 'feature' as const },
    values: Float64Array.from(kept, (one) => one[name]),
  });
  return {
    name: 'made up',
    trainRows: kept.length - testRows,
    testRows,
    columns: [
      {
        kind: 'category',
        name: 'y',
        role: 'target',
        codes: Int32Array.from(kept, ({ y }) => y),
        levels: ['no', 'yes'],
      },
      number('x1'),
      number('x2'),
    ],
    block: null,
    image: null,
    source: 'made up',
    notes: [],
  };
}
