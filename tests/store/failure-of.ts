import { LeverageError } from '../../src/shared/errors.ts';

/** What `work` throws, which must be a LeverageError. */
export function failureOf(work: () => unknown): LeverageError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof LeverageError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

/** What `work` rejects with, which must be a LeverageError. */
export async function rejectionOf(work: Promise<unknown>): Promise<LeverageError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof LeverageError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was rejected');
}
