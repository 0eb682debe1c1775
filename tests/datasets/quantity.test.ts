import { describe, expect, it } from 'vitest';
import { checkDataset } from '../../src/main/datasets/check-dataset.ts';
import { isQuantity, targetNumbers } from '../../src/main/datasets/quantity.ts';
import { summariseDataset } from '../../src/main/datasets/summaries.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import type { Dataset } from '../../src/shared/dataset.ts';

function withLabel(values: Float64Array, trainRows = values.length - 5): Dataset {
  return {
    name: 'numbers',
    trainRows,
    testRows: values.length - trainRows,
    columns: [
      { kind: 'number', name: 'x', role: 'feature', values: values.map((_, i) => i) },
      { kind: 'number', name: 'price', role: 'target', values },
    ],
    block: null,
    image: null,
    source: 'prices.csv',
    notes: [],
  };
}

const count = (n: number, f: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => f(i));

describe('a label of numbers', () => {
  it('is a quantity where its values can not be classes', () => {
    expect(isQuantity(withLabel(count(40, (i) => i + 0.5)))).toBe(true);
    // Integers of which test rows have others than training rows.
    expect(isQuantity(withLabel(count(40, (i) => 3 * i)))).toBe(true);
    expect(isQuantity(withLabel(count(40, (i) => i % 10)))).toBe(false);
    expect(isQuantity(withLabel(count(40, (i) => (i % 4) / 2)))).toBe(false);
  });

  it('is imported without classes', () => {
    const dataset = checkDataset(withLabel(count(40, (i) => i / 3)));
    expect(summariseDataset(dataset)).toMatchObject({ classes: [], classCounts: [] });
  });

  it('is kept as numbers in a design for regression, and refused in one for classification', () => {
    const dataset = withLabel(count(40, (i) => i / 3));
    const design = buildDesign(dataset, { standardise: false, label: 'numbers' });
    expect(design.classes).toEqual([]);
    expect([...(design.quantity?.train ?? []), ...(design.quantity?.test ?? [])]).toEqual([...count(40, (i) => i / 3)]);
    expect(() => buildDesign(dataset, { standardise: false })).toThrow('a quantity or an identifier, not a class');
  });

  it('of two values is two classes, whatever is asked for', () => {
    const dataset = withLabel(count(40, (i) => i % 2));
    expect(targetNumbers(dataset)).toBeNull();
    expect(buildDesign(dataset, { standardise: false, label: 'numbers' }).classes).toEqual(['0', '1']);
  });

  it('with an empty cell is refused by its row', () => {
    const values = count(40, (i) => i / 3);
    values[7] = NaN;
    expect(() => checkDataset(withLabel(values))).toThrow('has no finite number in training row 7');
  });
});
