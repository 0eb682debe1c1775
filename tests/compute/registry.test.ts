import { describe, expect, it } from 'vitest';
import { LeverageError } from '../../src/shared/errors.ts';
import type { DeviceTrials } from '../../src/shared/study.ts';
import type { Candidate } from '../../src/main/compute/candidates.ts';
import { chooseDevice, reportDevices } from '../../src/main/compute/choose-device.ts';
import type { Device } from '../../src/main/compute/device.ts';
import type { Machine } from '../../src/main/compute/machine.ts';
import { isDeviceFailure, openNextDevice } from '../../src/main/compute/next-device.ts';
import { createReferenceDevice } from '../../src/main/compute/reference/reference-device.ts';
import { createRegistry, type RegistryParts } from '../../src/main/compute/registry.ts';
import { rejectionOf } from '../store/failure-of.ts';

const MACHINE: Machine = { platform: 'linux', arch: 'x64', gpu: false, nvidia: false, emulatedVulkan: true };
const WITH_GPU: Machine = { ...MACHINE, gpu: true, nvidia: true, emulatedVulkan: false };

/** The reference under another name: it computes a few GFLOP/s, what is tried elsewhere claims more. */
function named(name: string): Device {
  const device = createReferenceDevice();
  return { ...device, info: { ...device.info, name, title: `Device ${name}` } };
}

function candidate(name: string, changes: Partial<Candidate> = {}): Candidate {
  return {
    name,
    title: `Candidate ${name}`,
    precision: 'float64',
    risky: false,
    gpu: false,
    lastResort: false,
    absent: () => null,
    emulated: () => false,
    open: async () => named(name),
    ...changes,
  };
}

const gpu = (name: string, changes: Partial<Candidate> = {}): Candidate =>
  candidate(name, { risky: true, gpu: true, precision: 'float32', ...changes });

function registryOf(candidates: Candidate[], parts: Partial<RegistryParts> = {}) {
  const asked: string[] = [];
  let kept: DeviceTrials | null = null;
  const registry = createRegistry({
    candidates,
    machine: MACHINE,
    memory: { read: () => kept, write: (trials) => void (kept = trials) },
    ...parts,
    probe: async (name, signal, options) => {
      asked.push(name);
      return (await parts.probe?.(name, signal, options)) ?? { ok: true, gigaflops: 5000 };
    },
  });
  return { registry, asked, kept: () => kept };
}

async function opened(device: Promise<Device>): Promise<string> {
  const open = await device;
  await open.dispose();
  return open.info.name;
}

const broken = async (): Promise<Device> => {
  throw new Error('the library is broken');
};

describe('the automatic choice', () => {
  it('is the fastest device that works, and the others say how much slower they are', async () => {
    const { registry } = registryOf([candidate('cpu'), gpu('gpu'), candidate('reference', { lastResort: true })]);
    const { trials, measuredAt } = await registry.tryAll();
    const reports = reportDevices(trials, measuredAt);
    expect(reports.map((report) => [report.name, report.automatic, report.chosen])).toEqual([
      ['cpu', false, false],
      ['gpu', true, true],
      ['reference', false, false],
    ]);
    expect(reports[1]?.reason).toMatch(
      /^the automatic choice: the fastest device that works here \(5\D?000 GFLOP\/s in float32\), and every result is certified in float64$/,
    );
    expect(reports[0]?.reason).toMatch(/^available: slower than gpu \(.* GFLOP\/s against .* GFLOP\/s\)$/);
    expect(reports[2]?.reason).toMatch(/^available, meant for checks/);
  });

  it('is never a graphics processor that is imitated on the CPU, however fast it claims to be', async () => {
    const { registry } = registryOf([gpu('gpu', { emulated: () => true }), candidate('cpu')]);
    const { trials, measuredAt } = await registry.tryAll();
    expect(chooseDevice(trials)?.name).toBe('cpu');
    expect(reportDevices(trials, measuredAt)[0]).toMatchObject({ available: true, automatic: false });
    expect(await opened(registry.open(null))).toBe('cpu');
  });

  it('stays with the earlier device when another is faster by no more than measuring varies', async () => {
    const { registry } = registryOf([gpu('first'), gpu('second'), gpu('third')], {
      probe: async (name) => ({ ok: true, gigaflops: { first: 100, second: 110, third: 60 }[name] ?? 0 }),
    });
    const { trials, measuredAt } = await registry.tryAll();
    const reasons = reportDevices(trials, measuredAt).map((report) => report.reason);
    expect(chooseDevice(trials)?.name).toBe('first');
    expect(reasons[0]).toMatch(/^the automatic choice: none that works here is clearly faster/);
    expect(reasons[1]).toMatch(/^available: not clearly faster than first/);
    expect(reasons[2]).toMatch(/^available: slower than first/);
  });

  it('is the last resort only when nothing else works', async () => {
    const { registry } = registryOf([candidate('cpu', { open: broken }), candidate('reference', { lastResort: true })]);
    expect(chooseDevice((await registry.tryAll()).trials)?.name).toBe('reference');
  });

  it('tries nothing beforehand on a machine without a graphics processor', async () => {
    const { registry, asked } = registryOf([candidate('cpu'), gpu('gpu')]);
    expect(await opened(registry.open(null))).toBe('cpu');
    expect(asked).toEqual([]);
  });

  it('tries a graphics processor that may be there once, and opens it when it is faster', async () => {
    const { registry, asked } = registryOf([candidate('cpu'), gpu('gpu')], { machine: WITH_GPU });
    expect(await opened(registry.open(null))).toBe('gpu');
    expect(await opened(registry.open(null))).toBe('gpu');
    expect(asked).toEqual(['gpu']);
  });

  it('stays with the CPU when the graphics processor is slower', async () => {
    const { registry } = registryOf([candidate('cpu'), gpu('gpu')], {
      machine: WITH_GPU,
      probe: async () => ({ ok: true, gigaflops: 1e-6 }),
    });
    expect(await opened(registry.open(null))).toBe('cpu');
  });

  it('goes by what was measured before', async () => {
    const { registry, asked } = registryOf([candidate('first'), gpu('gpu')]);
    await registry.tryAll();
    expect(await opened(registry.open(null))).toBe('gpu');
    expect(asked).toEqual(['gpu']);
  });

  it('says what is wrong with each device when none works', async () => {
    const { registry } = registryOf([candidate('one', { open: broken }), candidate('two', { open: broken })]);
    expect((await rejectionOf(registry.open(null))).message).toBe(
      'No computing device works here (one: the library is broken; two: the library is broken).',
    );
  });
});

describe('a device that is named', () => {
  it('is opened, also when a faster one works', async () => {
    const { registry } = registryOf([candidate('cpu'), candidate('other')]);
    expect(await opened(registry.open('other'))).toBe('other');
  });

  it('and does not exist is an error that lists those that do', async () => {
    const { registry } = registryOf([candidate('cpu'), candidate('other')]);
    expect(await rejectionOf(registry.open('abacus'))).toMatchObject({
      kind: 'invalidInput',
      hint: 'Choose one of: cpu, other.',
    });
  });

  it('and does not work is an error with the reason', async () => {
    const { registry } = registryOf([candidate('cpu', { open: broken })]);
    expect(await rejectionOf(registry.open('cpu'))).toMatchObject({
      kind: 'unavailable',
      message: 'The device "cpu" can not be used: the library is broken.',
    });
  });

  it('and is not for this platform is not even tried', async () => {
    const { registry, asked } = registryOf([gpu('dml', { absent: () => 'not on this platform' })]);
    expect((await rejectionOf(registry.open('dml'))).message).toContain('not on this platform');
    expect((await registry.tryAll()).trials[0]).toMatchObject({ refusal: 'not on this platform', gigaflops: null });
    expect(asked).toEqual([]);
  });

  it('and whose library crashes when tried never runs in this process', async () => {
    let ran = false;
    const crashing = gpu('gpu', {
      open: async () => {
        ran = true;
        return named('gpu');
      },
    });
    const { registry } = registryOf([crashing], {
      probe: async () => ({ ok: false, reason: 'The process that tried it ended without an answer (SIGSEGV).' }),
    });
    expect((await rejectionOf(registry.open('gpu'))).message).toContain('SIGSEGV');
    expect((await registry.tryAll()).trials[0]?.refusal).toContain('SIGSEGV');
    expect(ran).toBe(false);
  });

  it('and that hangs when tried is given up after some seconds', async () => {
    const given: (number | undefined)[] = [];
    const { registry } = registryOf([gpu('gpu')], {
      probe: async (_name, _signal, { timeoutSeconds }) => {
        given.push(timeoutSeconds);
        return { ok: false, reason: `It did not answer within ${timeoutSeconds} s.` };
      },
    });
    expect((await registry.tryAll()).trials[0]?.refusal).toBe('It did not answer within 6 s');
    expect(given).toEqual([6]);
  });
});

describe('a device that fails in the middle of a study', () => {
  /** Works for `products` products, then fails as a lost graphics processor does. */
  function failing(name: string, products: number): Candidate {
    return candidate(name, {
      open: async () => {
        const device = named(name);
        let left = products;
        return {
          ...device,
          multiply: (...input) => {
            if (left-- <= 0) throw new Error('the device was lost');
            return device.multiply(...input);
          },
        };
      },
    });
  }

  const product = (device: Device): Promise<Float64Array> =>
    device.multiply(Float64Array.of(1, 2), Float64Array.of(3, 4), 1, 2, 1);

  it('is replaced by the next best, which repeats the product', async () => {
    const { registry } = registryOf([failing('first', 2), candidate('second'), candidate('third')]);
    let device = await registry.open(null);
    expect(device.info.name).toBe('first');
    const results: number[] = [];
    const notes: string[] = [];
    for (let k = 0; k < 4; k++) {
      let result: Float64Array;
      try {
        result = await product(device);
      } catch (thrown) {
        expect(isDeviceFailure(thrown)).toBe(true);
        const replacement = await openNextDevice(registry, [device.info.name], thrown);
        device = replacement.device;
        notes.push(replacement.note);
        result = await product(device);
      }
      results.push(...result);
    }
    expect(results).toEqual([11, 11, 11, 11]);
    expect(notes).toEqual([
      'The device "first" failed (the device was lost); the batch was computed again on Device second, and so was the rest.',
    ]);
  });

  it('and its replacement fail: the one after that takes over, and the lost ones do not come back', async () => {
    const { registry } = registryOf([failing('first', 0), failing('second', 0), candidate('third')]);
    const { device } = await openNextDevice(registry, ['first', 'second'], new Error('lost'));
    expect(device.info.name).toBe('third');
  });

  it('and leaves none ends the study with the cause', async () => {
    const { registry } = registryOf([failing('only', 0)]);
    expect(await rejectionOf(openNextDevice(registry, ['only'], new Error('lost')))).toMatchObject({
      kind: 'unavailable',
      message: 'The device "only" failed (lost) and no other device works here.',
    });
  });

  it('is told apart from a person who stops the study and from a model that does not converge', () => {
    expect(isDeviceFailure(new LeverageError('cancelled', 'stopped'))).toBe(false);
    expect(isDeviceFailure(new LeverageError('numerical', 'did not converge'))).toBe(false);
    expect(isDeviceFailure(new LeverageError('unavailable', 'out of memory'))).toBe(true);
  });
});
