/** How fast a device does the product that retraining consists of. */
import type { Device } from './device.ts';

const ROWS = 2048;
const COLUMNS = 128;
const GROUPS = 128;
/** Long enough for a processor to come up to speed, short enough for a list of devices. */
const MEASURE_MS = 150;

/**
 * The rate of a curvature product X̃ᵀ[D ∘ (X̃P)] for 128 groups on 2,048 × 128, data going to the device and coming back included;
 * on the solver's precision where there is a solver.
 * @returns GFLOP/s of the best of a few, after one to warm up
 */
export async function measureDevice(device: Device): Promise<number> {
  const X = Float64Array.from({ length: ROWS * COLUMNS }, (_, i) => ((i * 7) % 13) / 13 - 0.5);
  const placed = await (device.solver ?? device).place({ kind: 'dense', rows: ROWS, columns: COLUMNS, data: X }, false);
  try {
    const batch = placed.openBatch(new Float64Array(ROWS), new Float64Array(GROUPS * ROWS).fill(1), 1);
    const P = Float64Array.from({ length: GROUPS * COLUMNS }, (_, i) => ((i * 5) % 11) / 11);
    await batch.curvatureProduct(P);
    let best = Infinity;
    const began = performance.now();
    do {
      const start = performance.now();
      await batch.curvatureProduct(P);
      best = Math.min(best, performance.now() - start);
    } while (performance.now() - began < MEASURE_MS);
    return (4 * GROUPS * ROWS * COLUMNS) / (best * 1e6);
  } finally {
    placed.dispose();
  }
}
