import { describe, expect, it } from 'vitest';
import { GENERATED_DATASETS } from '../../src/shared/paper.ts';
import { fingerprintDataset, summariseDataset } from '../../src/main/datasets/index.ts';
import { checkDataset } from '../../src/main/datasets/check-dataset.ts';
import { generatedDataset } from '../../src/main/paper/generated-data.ts';

const numbers = (name: string) => {
  const dataset = generatedDataset('weak-labels');
  const column = dataset.columns.find((one) => one.name === name);
  if (column?.kind !== 'number') throw new Error(`no column ${name}`);
  return column.values.subarray(0, dataset.trainRows);
};

describe('the generated data', () => {
  it.each(GENERATED_DATASETS)('"%s" is whole, and the same every time', (key) => {
    const dataset = generatedDataset(key);
    expect(checkDataset(dataset)).toBe(dataset);
    expect(fingerprintDataset(dataset)).toBe(fingerprintDataset(generatedDataset(key)));
    expect(summariseDataset(dataset).classes).toHaveLength(2);
  });

  it('weighs the votes on a candidate 1 in all', () => {
    const weights = new Map<number, number>();
    const candidates = numbers('candidate');
    numbers('sample_weight').forEach((weight, row) =>
      weights.set(candidates[row], (weights.get(candidates[row]) ?? 0) + weight),
    );
    for (const sum of weights.values()) expect(sum).toBeCloseTo(1, 12);
  });

  it('has labeling functions whose precision does not follow from their coverage', () => {
    const [voters, labels, gold] = [numbers('lf'), numbers('y'), numbers('gold')];
    const byVoter = new Map<number, { votes: number; right: number }>();
    voters.forEach((voter, row) => {
      const seen = byVoter.get(voter) ?? { votes: 0, right: 0 };
      seen.votes++;
      if (labels[row] === gold[row]) seen.right++;
      byVoter.set(voter, seen);
    });
    const functions = [...byVoter.values()].map(({ votes, right }) => ({ votes, precision: right / votes }));
    expect(functions).toHaveLength(16);
    const largest = functions.toSorted((a, b) => b.votes - a.votes).slice(0, 4);
    const smallest = functions.toSorted((a, b) => a.votes - b.votes).slice(0, 4);
    const mean = (some: typeof functions) => some.reduce((sum, { precision }) => sum + precision, 0) / some.length;
    expect(largest[0].votes / smallest[0].votes).toBeGreaterThan(5);
    expect(Math.abs(mean(largest) - mean(smallest))).toBeLessThan(0.15);
  });
});
