/** Which devices this machine has, and the automatic choice among them. */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { DeviceReport, DeviceTrials } from '../../shared/study.ts';
import { CANDIDATES, type OpenOptions } from './candidates.ts';
import { reportDevices } from './choose-device.ts';
import type { Device } from './device.ts';
import { thisMachine } from './machine.ts';
import { openNextDevice, type Replacement } from './next-device.ts';
import { probeInProcess } from './probe-process.ts';
import { createRegistry, type TrialMemory } from './registry.ts';

export type { OpenOptions } from './candidates.ts';
export { isDeviceFailure, type Replacement } from './next-device.ts';

/** What has been tried is known to the threads that start later: a study's thread chooses without trying anew. */
const TRIALS = 'leverage.device-trials';

const memory: TrialMemory = {
  read: () => (getEnvironmentData(TRIALS) as DeviceTrials | undefined) ?? null,
  write: (trials) => setEnvironmentData(TRIALS, trials as unknown as Parameters<typeof setEnvironmentData>[1]),
};

export const registry = createRegistry({
  candidates: CANDIDATES,
  machine: thisMachine(),
  probe: probeInProcess,
  memory,
});

export const DEVICE_NAMES: readonly string[] = registry.names;

/** Opens the named device, or the best available one for null. Throws `unavailable` with the reason, `invalidInput` for an unknown name. */
export function openDevice(name: string | null, options: OpenOptions = {}): Promise<Device> {
  return registry.open(name, options);
}

/** Opens and measures every device. A few seconds, at most about ten. The threads that start later choose by it. */
export function tryDevices(signal?: AbortSignal): Promise<DeviceTrials> {
  return registry.tryAll(signal);
}

/** The same as reports: available or why not, and why the automatic choice was made. */
export async function listDevices(): Promise<DeviceReport[]> {
  const { trials, measuredAt } = await registry.tryAll();
  return reportDevices(trials, measuredAt);
}

/** Takes trials of an earlier process of the same machine for granted. */
export function rememberTrials(trials: DeviceTrials): void {
  memory.write(trials);
}

/** The device to go on with after those named in `failed` (the latest last) have failed, and the sentence for the study's notes. */
export function nextDevice(failed: readonly string[], cause: unknown, options: OpenOptions = {}): Promise<Replacement> {
  return openNextDevice(registry, failed, cause, options);
}
