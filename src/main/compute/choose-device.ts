/** From what the trials of the devices say: which one is the automatic choice, and the sentence that says why. Pure. */
import { formatNumber } from '../../shared/format.ts';
import type { DeviceReport, DeviceTrial as Trial } from '../../shared/study.ts';

/**
 * A busy machine once measured float64 a fifth faster than float32 on the same processor, and the choice, with it a
 * study's last digits, changed from start to start. What is not faster by half leaves the order of the candidates as it is.
 */
const CLEARLY_FASTER = 1.5;

/** The fastest that works; an imitated graphics processor never, a last resort only when nothing else works. */
export function chooseDevice(trials: readonly Trial[]): Trial | null {
  const working = trials.filter((trial) => trial.refusal === null && !trial.emulated);
  const usual = working.filter((trial) => !trial.lastResort);
  return (usual.length > 0 ? usual : working).reduce<Trial | null>(
    (best, trial) => (best === null || rate(trial) > CLEARLY_FASTER * rate(best) ? trial : best),
    null,
  );
}

/** Where a study would be computed, and next when that fails: the choice, then the others by their rate, the last resort last. */
export function inOrder(trials: readonly Trial[]): Trial[] {
  const choice = chooseDevice(trials);
  const others = trials
    .filter((trial) => trial !== choice && trial.refusal === null && !trial.emulated)
    .toSorted((a, b) => Number(a.lastResort) - Number(b.lastResort) || rate(b) - rate(a));
  return choice === null ? others : [choice, ...others];
}

/** One report per trial, in the same order. */
export function reportDevices(trials: readonly Trial[], measuredAt: string): DeviceReport[] {
  const choice = chooseDevice(trials);
  const isFastest = trials.every((trial) => trial.emulated || trial.lastResort || rate(trial) <= rate(choice));
  return trials.map((trial) => ({
    name: trial.name,
    title: trial.title,
    precision: trial.precision,
    available: trial.refusal === null,
    reason: reasonOf(trial, choice, isFastest),
    gigaflops: trial.gigaflops,
    automatic: trial === choice,
    chosen: trial === choice,
    measuredAt,
  }));
}

function reasonOf(trial: Trial, choice: Trial | null, isFastest: boolean): string {
  if (trial.refusal !== null) return trial.refusal;
  if (trial === choice) {
    const certified = trial.precision === 'float32' ? ', and every result is certified in float64' : '';
    const why = isFastest ? 'the fastest device that works here' : 'none that works here is clearly faster';
    return `the automatic choice: ${why} (${words(trial)} in ${trial.precision})${certified}`;
  }
  if (trial.emulated) return 'available, never chosen by itself: its graphics processor is imitated on the CPU';
  if (choice === null) return 'available';
  if (trial.lastResort)
    return rate(trial) > rate(choice)
      ? 'available, meant for checks: it is not chosen while another device works'
      : `available, meant for checks: slower than ${choice.name} (${words(trial)} against ${words(choice)})`;
  const compared = rate(trial) > rate(choice) ? 'not clearly faster' : 'slower';
  return `available: ${compared} than ${choice.name} (${words(trial)} against ${words(choice)})`;
}

function rate(trial: Trial | null): number {
  return trial?.gigaflops ?? 0;
}

function words(trial: Trial): string {
  return `${formatNumber(rate(trial), rate(trial) < 100 ? 2 : 3)} GFLOP/s`;
}
