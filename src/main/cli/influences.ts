import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Engine, Input } from '../../shared/contract.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import { formatCount, formatDuration, formatSigned } from '../../shared/format.ts';
import type { PointInfluences } from '../../shared/study.ts';
import { csvRecord } from '../../shared/csv.ts';
import { checkDevice } from './check-device.ts';
import { DEVICE_OPTION, EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command, Given, World } from './command.ts';
import { findStudy } from './find-study.ts';
import { progressLine } from './progress-line.ts';
import { readStudyFile } from './study-file.ts';
import { storedSpec } from './study-session.ts';
import { textTable } from './text-table.ts';

const DEFAULT_TOP = 5;
const MOST_TOP = 1000;

export const influencesCommand: Command = {
  name: 'influences',
  summary: 'the influence of every training row on every test row, of a study’s model',
  arguments: { name: '<study-id or study.json>', least: 1, most: 1 },
  options: [
    { name: 'quantity', value: 'NAME', help: 'loss (else) or margin of the test rows' },
    {
      name: 'top',
      value: 'K',
      help: `the K most helpful and most harmful training rows of each test row (else ${DEFAULT_TOP})`,
    },
    { name: 'out', value: 'FILE.npy', help: 'write all of them: a NumPy array of test rows × training rows' },
    { name: 'tops', value: 'FILE.csv', help: 'write the most helpful and harmful rows of every test row' },
    STORE_OPTION,
    DEVICE_OPTION,
    JSON_OPTION,
  ],
  run: (given, world) => {
    const asked = askedOf(given, world);
    const choice = { store: given.text('store'), device: given.text('device') };
    return withEngine(world, { ...choice, reading: asked.file === null }, async (engine) => {
      await checkDevice(engine, choice.device);
      const line = progressLine(world.progress);
      line.say('Computing the influence of every training row on every test row.');
      const found = await engine.call('studies.influences', { ...(await study(engine, asked)), ...asked.options });
      line.finish();
      if (asked.tops !== null) writeTops(asked.tops, found, asked.options.quantity);
      for (const text of resultLines(found, asked.options.quantity)) world.print(text);
      for (const file of [asked.options.out, asked.tops]) if (file) world.print(`Written: ${file}`);
      if (given.flag('json')) world.print(JSON.stringify(record(found, asked)));
      return EXIT.done;
    });
  },
};

interface Asked {
  /** The study file, or null for a study of the store. */
  file: string | null;
  id: string;
  options: { quantity: 'loss' | 'margin'; top: number; out: string | null };
  tops: string | null;
}

function askedOf(given: Given, world: World): Asked {
  const quantity = given.text('quantity') ?? 'loss';
  if (quantity !== 'loss' && quantity !== 'margin')
    throw invalidInput(`--quantity: "${quantity}" is no quantity of a test row.`, 'It is loss or margin.');
  const top = given.text('top') === undefined ? DEFAULT_TOP : Number(given.text('top'));
  if (!Number.isInteger(top) || top < 1 || top > MOST_TOP)
    throw invalidInput(`--top: "${given.text('top')}" is no number of rows.`, `A whole number from 1 to ${MOST_TOP}.`);
  const path = (name: string | undefined): string | null => (name === undefined ? null : resolve(world.folder, name));
  const [named] = given.arguments;
  const file = resolve(world.folder, named);
  const isFile = named.endsWith('.json') || statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  return {
    file: isFile ? file : null,
    id: named,
    options: { quantity, top, out: path(given.text('out')) },
    tops: path(given.text('tops')),
  };
}

async function study(engine: Engine, { file, id }: Asked): Promise<Pick<Input<'studies.influences'>, 'id' | 'spec'>> {
  if (file === null) return { id: (await findStudy(engine, id)).id };
  const { spec, folder } = readStudyFile(file);
  const dataset = await engine.call('datasets.ensure', { spec: spec.dataset, folder });
  return { spec: storedSpec(spec, folder, dataset.id) };
}

interface Extreme {
  row: number;
  influence: number;
}

/** Helpful: without the row the test row would be worse off, its loss higher or its margin lower. */
function extremesOf(
  found: PointInfluences,
  t: number,
  quantity: 'loss' | 'margin',
): { helpful: Extreme[]; harmful: Extreme[] } {
  const { top } = found;
  const side = (rows: Int32Array, values: Float64Array): Extreme[] =>
    Array.from({ length: top }, (_, at) => ({ row: rows[t * top + at], influence: values[t * top + at] }));
  const highest = side(found.highest, found.highestValues);
  const lowest = side(found.lowest, found.lowestValues);
  return quantity === 'loss' ? { helpful: highest, harmful: lowest } : { helpful: lowest, harmful: highest };
}

/** The training rows of largest mean |influence| over the test rows. */
function largestOverall({ trainSizes, train, testRows, top }: PointInfluences) {
  return [...trainSizes.keys()]
    .sort((a, b) => trainSizes[b] - trainSizes[a] || a - b)
    .slice(0, top)
    .map((row) => ({ row, meanSize: trainSizes[row] / testRows, mean: train[row] / testRows }));
}

function resultLines(found: PointInfluences, quantity: 'loss' | 'margin'): string[] {
  const { trainRows, testRows, seconds, device, precision, testPoints } = found;
  const words = (rows: readonly Extreme[]): string =>
    rows
      .slice(0, DEFAULT_TOP)
      .map(({ row, influence }) => `${row} (${formatSigned(influence)})`)
      .join('  ');
  return [
    `${formatCount(trainRows)} training rows × ${formatCount(testRows)} test rows: ${formatCount(trainRows * testRows)} influences on the ${quantity} in ${formatDuration(seconds)}`,
    `${device} · ${precision} · positive: removing the training row raises the ${quantity} of the test row`,
    '',
    'Training rows of the largest mean |influence|:',
    ...textTable(
      [
        { title: 'row', align: 'right' },
        { title: 'mean |influence|', align: 'right' },
        { title: 'mean influence', align: 'right' },
      ],
      largestOverall(found).map(({ row, meanSize, mean }) => [String(row), formatSigned(meanSize), formatSigned(mean)]),
    ),
    '',
    ...testPoints.flatMap((row) => {
      const { helpful, harmful } = extremesOf(found, row, quantity);
      return [`Test row ${row}`, `  most helpful  ${words(helpful)}`, `  most harmful  ${words(harmful)}`];
    }),
  ];
}

function record(found: PointInfluences, { options, tops }: Asked) {
  const { trainRows, testRows, precision, device, seconds, top, testPoints } = found;
  return {
    quantity: options.quantity,
    trainRows,
    testRows,
    precision,
    device,
    seconds,
    top,
    largest: largestOverall(found),
    testPoints: testPoints.map((row) => ({ row, ...extremesOf(found, row, options.quantity) })),
    out: options.out,
    tops,
  };
}

function writeTops(path: string, found: PointInfluences, quantity: 'loss' | 'margin'): void {
  try {
    const file = openSync(path, 'w');
    try {
      writeSync(file, csvRecord(['test', 'side', 'rank', 'train', 'influence']));
      for (let t = 0; t < found.testRows; t++) {
        const sides = extremesOf(found, t, quantity);
        let text = '';
        for (const side of ['helpful', 'harmful'] as const)
          sides[side].forEach(({ row, influence }, at) => (text += csvRecord([t, side, at + 1, row, influence])));
        writeSync(file, text);
      }
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new LeverageError('storage', `${path} could not be written (${code}).`, 'Choose another place.');
  }
}
