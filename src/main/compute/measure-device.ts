/** How fast a device does the product that retraining consists of. */
import { LeverageError } from '../../shared/errors.ts';
import type { DenseMatrix } from '../../shared/matrix.ts';
import type { Device } from './device.ts';

const ROWS = 2048;
const COLUMNS = 128;
const GROUPS = 128;
/** Long enough for a processor to come up to speed, short enough for a list of devices. */
const MEASURE_MS = 150;

/** Float32 is off by about 1e-6 here; TensorFloat-32, which some libraries take for it, and half precision by 1e-3. */
const ACCEPTED_ERROR = 2e-5;

/**
 * The rate of a curvature product X̃ᵀ[D ∘ (X̃P)] for 128 groups on 2,048 × 128, data going to the device and coming back included;
 * on the solver's precision where there is a solver.
 * @returns GFLOP/s of the best of a few, after one to warm up
 * @throws LeverageError 'unavailable' when the solver's product is not what the device's own double precision gives
 */
export async function measureDevice(device: Device): Promise<number> {
  const data = Float64Array.from({ length: ROWS * COLUMNS }, (_, i) => ((i * 7919) % 1013) / 1013 - 0.3);
  const X: DenseMatrix = { kind: 'dense', rows: ROWS, columns: COLUMNS, data };
  const P = Float64Array.from({ length: GROUPS * COLUMNS }, (_, i) => ((i * 104729) % 997) / 997);
  const placed = await (device.solver ?? device).place(X, false);
  try {
    const batch = placed.openBatch(new Float64Array(ROWS), new Float64Array(GROUPS * ROWS).fill(1), 1);
    const product = await batch.curvatureProduct(P);
    if (device.solver !== undefined) await verify(device, X, P, product);
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

async function verify(device: Device, X: DenseMatrix, P: Float64Array, product: Float64Array): Promise<void> {
  const exact = await device.place(X, false);
  // The first group stands for all.
  const expected = await exact
    .openBatch(new Float64Array(ROWS), new Float64Array(ROWS).fill(1), 1)
    .curvatureProduct(P.subarray(0, COLUMNS));
  exact.dispose();
  const scale = Math.max(...expected.map(Math.abs));
  const error = Math.max(...expected.map((value, j) => Math.abs(product[j] - value))) / scale;
  if (!(error <= ACCEPTED_ERROR)) {
    throw new LeverageError(
      'unavailable',
      `it gives products that are off by ${error.toExponential(1)}, where single precision gives 1e-6`,
      'Choose another device.',
    );
  }
}
