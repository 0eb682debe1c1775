import type { Engine } from '../../shared/contract.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import { nearest } from './nearest.ts';

/** Throws 'invalidInput' for a name that is no device's, 'unavailable' with the reason for one that is not there. */
export async function checkDevice(engine: Engine, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  let reports = await engine.call('devices.list', {});
  // What was not there when it was last tried may be there now.
  if (reports.some((one) => one.name === name && !one.available))
    reports = await engine.call('devices.list', { again: true });
  const names = reports.map((report) => report.name);
  const report = reports.find((one) => one.name === name);
  if (report === undefined) {
    const near = nearest(name, names);
    throw invalidInput(
      `--device: "${name}" is not a device.`,
      near === null ? `The devices are ${names.join(', ')}.` : `Did you mean "${near}"?`,
    );
  }
  if (!report.available) {
    throw new LeverageError(
      'unavailable',
      `The device "${name}" is not available: ${report.reason.replace(/\.$/, '')}.`,
      'Leave --device out to have one chosen.',
    );
  }
}
