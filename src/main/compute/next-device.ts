/** What replaces a device that failed in the middle of a study. */
import { LeverageError, toFailure } from '../../shared/errors.ts';
import type { OpenOptions } from './candidates.ts';
import type { Device } from './device.ts';
import { plainReason } from './plain-reason.ts';
import type { Registry } from './registry.ts';

export interface Replacement {
  device: Device;
  /** For the study's notes: what failed, why, and where the batch was computed again. */
  note: string;
}

/**
 * Whether what a batch threw speaks against the device: a person's stop, a wrong input and a computation that does not
 * converge would be the same on the next one.
 */
export function isDeviceFailure(thrown: unknown): boolean {
  return !(thrown instanceof LeverageError) || thrown.kind === 'unavailable';
}

/**
 * Opens the best device besides those that failed.
 * @param failed names (DeviceInfo.name) of the devices that this study has lost, the latest last
 * @param cause what the latest one threw
 * @throws LeverageError 'unavailable' when no device is left; it names the cause
 */
export async function openNextDevice(
  registry: Pick<Registry, 'openNext'>,
  failed: readonly string[],
  cause: unknown,
  options: OpenOptions = {},
): Promise<Replacement> {
  const lost = failed.at(-1) ?? 'unknown';
  const reason = plainReason(toFailure(cause).message);
  try {
    const device = await registry.openNext(new Set(failed), options);
    return {
      device,
      note: `The device "${lost}" failed (${reason}); the batch was computed again on ${device.info.title}, and so was the rest.`,
    };
  } catch (thrown) {
    if (toFailure(thrown).kind === 'cancelled') throw thrown;
    throw new LeverageError(
      'unavailable',
      `The device "${lost}" failed (${reason}) and no other device works here.`,
      'What was computed is kept: resume the study, or choose a device in the settings.',
      { cause },
    );
  }
}
