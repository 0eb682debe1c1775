/** Opens devices by name or by choice, and tries them: risky libraries in a process of their own. */
import { LeverageError, toFailure } from '../../shared/errors.ts';
import type { DeviceTrial as Trial, DeviceTrials } from '../../shared/study.ts';
import type { Candidate, OpenOptions } from './candidates.ts';
import { inOrder } from './choose-device.ts';
import type { Device } from './device.ts';
import type { Machine } from './machine.ts';
import { measureDevice } from './measure-device.ts';
import type { ProbeAnswer, ProbeOptions } from './probe-process.ts';
import { plainReason } from './plain-reason.ts';

/** A whole list takes no longer than about this: what has not answered by then is said to be silent. */
const LIST_MS = 10_000;
const TRIAL_SECONDS = 6;

export interface RegistryParts {
  candidates: readonly Candidate[];
  machine: Machine;
  probe(name: string, signal: AbortSignal | undefined, options: ProbeOptions): Promise<ProbeAnswer>;
  memory: TrialMemory;
}

/** What has been tried before, in this thread or by the one that started it. */
export interface TrialMemory {
  read(): DeviceTrials | null;
  write(trials: DeviceTrials): void;
}

export interface Registry {
  readonly names: readonly string[];
  /**
   * Opens the named device, or the automatic choice for null.
   * @throws LeverageError 'unavailable' with the reason, 'invalidInput' for an unknown name
   */
  open(name: string | null, options?: OpenOptions): Promise<Device>;
  /** The best device that opens, not counting those named in `failed`. Throws LeverageError 'unavailable' when none is left. */
  openNext(failed: ReadonlySet<string>, options?: OpenOptions): Promise<Device>;
  /** Tries and measures every device, anew each time. */
  tryAll(signal?: AbortSignal): Promise<DeviceTrials>;
  /** Opens and measures the named device in this very process. */
  tryHere(name: string): Promise<ProbeAnswer>;
}

export function createRegistry(parts: RegistryParts): Registry {
  const { candidates, machine, memory } = parts;

  function named(name: string): Candidate {
    const candidate = candidates.find((entry) => entry.name === name);
    if (candidate !== undefined) return candidate;
    throw new LeverageError(
      'invalidInput',
      `There is no device "${name}".`,
      `Choose one of: ${candidates.map((entry) => entry.name).join(', ')}.`,
    );
  }

  async function attempt(candidate: Candidate, seconds: number, signal?: AbortSignal): Promise<Trial> {
    const { name, title, precision, lastResort } = candidate;
    const common = { name, title, precision, lastResort, emulated: candidate.emulated(machine) };
    const absent = candidate.absent(machine);
    if (absent !== null) return { ...common, refusal: absent, gigaflops: null };
    const answer = candidate.risky
      ? await parts.probe(name, signal, { timeoutSeconds: seconds })
      : await tryHere(candidate);
    if (!answer.ok) return { ...common, refusal: plainReason(answer.reason), gigaflops: null };
    return { ...common, title: answer.title ?? title, refusal: null, gigaflops: answer.gigaflops };
  }

  async function attemptAll(some: readonly Candidate[], signal?: AbortSignal): Promise<Trial[]> {
    const end = performance.now() + LIST_MS;
    const trials: Trial[] = [];
    // One after the other: side by side they would slow each other down, and the figures would be wrong.
    for (const candidate of some) {
      const left = (end - performance.now()) / 1000;
      trials.push(await attempt(candidate, Math.max(1, Math.min(TRIAL_SECONDS, left)), signal));
    }
    return trials;
  }

  /** Names in the order in which to open them when nobody named one. */
  async function preference(): Promise<string[]> {
    const known = memory.read();
    if (known !== null) {
      const order = inOrder(known.trials).map((trial) => trial.name);
      return order.length > 0 ? order : untried();
    }
    // Without a graphics processor the order is known beforehand, and nothing need be tried.
    const gpus = machine.gpu ? candidates.filter((entry) => entry.gpu && !entry.emulated(machine)) : [];
    if (gpus.every((entry) => entry.absent(machine) !== null)) return untried();
    const first = candidates.find((entry) => !entry.risky);
    const trials = await attemptAll(first === undefined ? gpus : [first, ...gpus]);
    memory.write({ measuredAt: new Date().toISOString(), trials: [...trials, ...unmeasured(trials)] });
    return [...new Set([...inOrder(trials).map((trial) => trial.name), ...untried()])];
  }

  function untried(): string[] {
    return candidates.filter((entry) => !entry.risky).map((entry) => entry.name);
  }

  /** Those that a choice among graphics processors left out: taken for working, and slower. */
  function unmeasured(trials: readonly Trial[]): Trial[] {
    return candidates
      .filter((entry) => !entry.risky && trials.every((trial) => trial.name !== entry.name))
      .map(({ name, title, precision, lastResort }) => {
        return { name, title, precision, lastResort, refusal: null, gigaflops: null, emulated: false };
      });
  }

  async function openCandidate(candidate: Candidate, options: OpenOptions): Promise<Device> {
    const absent = candidate.absent(machine);
    if (absent !== null) throw new LeverageError('unavailable', absent);
    const tried = memory.read()?.trials.find((trial) => trial.name === candidate.name);
    if (candidate.risky && tried?.refusal !== null) {
      const answer = await parts.probe(candidate.name, undefined, {});
      if (!answer.ok) throw new LeverageError('unavailable', answer.reason);
    }
    return candidate.open(options);
  }

  async function openFirst(names: readonly string[], options: OpenOptions): Promise<Device> {
    const reasons: string[] = [];
    for (const name of names) {
      try {
        return await openCandidate(named(name), options);
      } catch (thrown) {
        const { kind, message } = toFailure(thrown);
        if (kind === 'cancelled') throw thrown;
        reasons.push(`${name}: ${plainReason(message)}`);
      }
    }
    throw new LeverageError('unavailable', `No computing device works here (${reasons.join('; ')}).`);
  }

  async function tryHere(candidate: Candidate): Promise<ProbeAnswer> {
    try {
      const device = await candidate.open({});
      try {
        return { ok: true, gigaflops: await measureDevice(device), title: device.info.title };
      } finally {
        await device.dispose();
      }
    } catch (thrown) {
      return { ok: false, reason: toFailure(thrown).message };
    }
  }

  return {
    names: candidates.map((candidate) => candidate.name),
    async open(name, options = {}) {
      if (name === null) return openFirst(await preference(), options);
      const candidate = named(name);
      try {
        return await openCandidate(candidate, options);
      } catch (thrown) {
        const { kind, message } = toFailure(thrown);
        if (kind === 'cancelled') throw thrown;
        throw new LeverageError(
          'unavailable',
          `The device "${name}" can not be used: ${plainReason(message)}.`,
          'Choose another one; the list of devices says which work here.',
          { cause: thrown },
        );
      }
    },
    async openNext(failed, options = {}) {
      const order = [...new Set([...(await preference()), ...untried()])];
      return openFirst(
        order.filter((name) => !failed.has(name)),
        options,
      );
    },
    async tryAll(signal) {
      const trials = { measuredAt: new Date().toISOString(), trials: await attemptAll(candidates, signal) };
      memory.write(trials);
      return trials;
    },
    async tryHere(name) {
      const candidate = candidates.find((entry) => entry.name === name);
      return candidate === undefined ? { ok: false, reason: `There is no device "${name}".` } : tryHere(candidate);
    },
  };
}
