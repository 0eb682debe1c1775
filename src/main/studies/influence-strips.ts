/** One lane's part of all pairs' influences: its strips of test rows, looked through and, if asked for, written. */
import type { Device } from '../compute/device.ts';
import { openDevice } from '../compute/index.ts';
import {
  influenceTiles,
  stripCount,
  stripRange,
  type InfluenceFactors,
  type TileProduct,
} from '../estimators/pointwise-influence.ts';
import { addTile, emptySums, type ExtremeRows, type InfluenceSums } from '../estimators/pointwise-summary.ts';
import { openNpy, type NpyType } from '../report/npy-file.ts';

/** Everything a lane needs; the large arrays lie in shared memory. */
export interface StripWork {
  /** Name of the device to open. */
  device: string;
  threads: number;
  factors: InfluenceFactors;
  /** Filled for the lane's test rows. */
  extremes: ExtremeRows;
  lane: number;
  lanes: number;
  /** A begun file of testRows × trainRows, or null. */
  file: { path: string; type: NpyType } | null;
}

/** @param stripDone called after each strip of test rows, with the number of them */
export async function workThroughStrips(
  work: StripWork,
  stripDone: (testRows: number) => void,
): Promise<InfluenceSums> {
  const { factors, extremes, lane, lanes, file } = work;
  const { trainRows, testRows } = factors;
  const device = await openDevice(work.device, { threads: work.threads });
  const npy = file === null ? null : openNpy(file.path, file.type, [testRows, trainRows]);
  const sums = emptySums(trainRows, testRows);
  try {
    // Strips go to lanes by turns, not by who is free: sums are then taken in the same order each time.
    for (let strip = lane; strip < stripCount(factors); strip += lanes) {
      const [from, to] = stripRange(strip, factors);
      for await (const tile of influenceTiles(factors, tileProduct(device), from, to)) {
        addTile(tile, extremes, sums);
        if (npy === null) continue;
        if (tile.trainRows === trainRows) npy.write(tile.testStart, 0, tile.values);
        else {
          for (let t = 0; t < tile.testRows; t++) {
            const row = tile.values.subarray(t * tile.trainRows, (t + 1) * tile.trainRows);
            npy.write(tile.testStart + t, tile.trainStart, row);
          }
        }
      }
      stripDone(to - from);
    }
    return sums;
  } finally {
    npy?.close();
    await device.dispose();
  }
}

/** In the precision of the factors: of single precision only where `singleProduct` says that the device has it. */
export function tileProduct(device: Device): TileProduct {
  return async (A, B, m, k, n, out) => {
    const single = device.solver ?? device;
    if (A instanceof Float32Array && B instanceof Float32Array && out instanceof Float32Array) {
      if (single.multiplySingle === undefined) throw new RangeError('the device has no product of single precision');
      await single.multiplySingle(A, B, m, k, n, out);
    } else if (A instanceof Float64Array && B instanceof Float64Array) {
      out.set(await device.multiply(A, B, m, k, n, true));
    } else throw new RangeError('the factors of a tile have one precision');
  };
}

export function singleProduct(device: Device): boolean {
  return (device.solver ?? device).multiplySingle !== undefined;
}
