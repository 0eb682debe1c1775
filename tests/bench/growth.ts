/** How the effects' time grows with the number of groups and with n, on Diabetes. */
import { join } from 'node:path';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { python } from './peer.ts';
import { runStudyApart, type FinishedStudy } from './study.ts';
import { studyOf, WORKLOADS } from './workloads.ts';

export interface GrowthPoint {
  /** Groups, or n. */
  size: number;
  effectsSeconds: number;
  peakBytes: number;
}

export interface Growth {
  of: 'groups' | 'n';
  points: GrowthPoint[];
  /** Least squares of log seconds on log size: 1 is linear. */
  exponent: number;
}

interface Setting {
  device: string | null;
  scratch: string;
  /** The largest number of groups. */
  groups: number;
}

const PARTS = [0.1, 0.25, 0.5, 1];
const ROWS = [5_000, 10_000, 20_000];

export async function groupGrowth(setting: Setting): Promise<Growth> {
  const points: GrowthPoint[] = [];
  for (const part of PARTS) {
    const study = await runStudyApart(studyOf(WORKLOADS.diabetes, part * setting.groups), setting);
    points.push(pointOf(study, study.figures.groups));
  }
  return { of: 'groups', points, exponent: exponentOf(points) };
}

/** The first rows of train and, in proportion, test: every product then has n as a factor. */
export async function rowGrowth(setting: Setting): Promise<Growth> {
  const points: GrowthPoint[] = [];
  const { diabetes } = WORKLOADS;
  const script = join(dirname(fileURLToPath(import.meta.url)), 'first-rows.py');
  for (const rows of ROWS) {
    const file = join(setting.scratch, `diabetes-${rows}.npz`);
    await python([script, diabetes.dataset.file, file, String(rows)]);
    const study = await runStudyApart({ ...studyOf(diabetes, setting.groups), dataset: { file } }, setting);
    points.push(pointOf(study, rows));
  }
  return { of: 'n', points, exponent: exponentOf(points) };
}

function pointOf(study: FinishedStudy, size: number): GrowthPoint {
  const { effectsSeconds, peakBytes } = study.figures;
  study.dispose();
  return { size, effectsSeconds, peakBytes };
}

/** Slope of log seconds against log size. */
export function exponentOf(points: readonly Pick<GrowthPoint, 'size' | 'effectsSeconds'>[]): number {
  const xs = points.map(({ size }) => Math.log(size));
  const ys = points.map(({ effectsSeconds }) => Math.log(effectsSeconds));
  const [meanX, meanY] = [xs, ys].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  let [above, below] = [0, 0];
  xs.forEach((x, at) => {
    above += (x - meanX) * (ys[at] - meanY);
    below += (x - meanX) ** 2;
  });
  return above / below;
}

export function growthLines({ of, points, exponent }: Growth): string[] {
  return [
    ...points.map(
      ({ size, effectsSeconds, peakBytes }) =>
        `${of === 'n' ? 'n' : 'groups'} ${String(size).padStart(6)}: effects ${effectsSeconds.toFixed(2)} s, ${((1000 * effectsSeconds) / size).toFixed(3)} ms each, peak memory ${(peakBytes / 2 ** 20).toFixed(0)} MiB`,
    ),
    `time grows with ${of} to the power ${exponent.toFixed(2)} (1 is linear)`,
  ];
}
