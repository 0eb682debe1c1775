import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deserialiseDataset, serialiseDataset } from '../../src/main/datasets/index.ts';
import type { Json, SerialisedArray } from '../../src/main/datasets/index.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { anyDataset } from './sample-datasets.ts';

describe('a serialised dataset', () => {
  it('comes back equal, through JSON text and copied bytes at any alignment', () => {
    fc.assert(
      fc.property(anyDataset, fc.integer({ min: 0, max: 7 }), (dataset, shift) => {
        const { meta, arrays } = serialiseDataset(dataset);
        const text = JSON.parse(JSON.stringify(meta)) as Json;
        const copied = arrays.map(({ name, bytes }): SerialisedArray => {
          const moved = new Uint8Array(bytes.byteLength + shift);
          moved.set(bytes, shift);
          return { name, bytes: moved.subarray(shift) };
        });
        expect(deserialiseDataset(text, copied)).toEqual(dataset);
      }),
      { numRuns: 200 },
    );
  });

  it('names every array once', () => {
    fc.assert(
      fc.property(anyDataset, (dataset) => {
        const names = serialiseDataset(dataset).arrays.map((array) => array.name);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('is refused with a sentence when an array is absent or cut short', () => {
    fc.assert(
      fc.property(anyDataset, fc.nat(), fc.boolean(), (dataset, which, cut) => {
        const { meta, arrays } = serialiseDataset(dataset);
        fc.pre(arrays.length > 0);
        const index = which % arrays.length;
        fc.pre(arrays[index].bytes.byteLength > 0);
        const broken = cut
          ? arrays.map((array, i) => (i === index ? { ...array, bytes: array.bytes.subarray(1) } : array))
          : arrays.filter((_, i) => i !== index);
        let thrown: unknown = null;
        try {
          deserialiseDataset(meta, broken);
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(LeverageError);
        expect((thrown as LeverageError).kind).toBe('storage');
      }),
    );
  });
});
