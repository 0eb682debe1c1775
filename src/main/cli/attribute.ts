import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Dataset } from '../../shared/dataset.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import { formatBytes, formatDuration, UNDEFINED_MARK } from '../../shared/format.ts';
import type { AttributionSpec } from '../attribution/attribution-spec.ts';
import type { Interval } from '../attribution/metrics/bootstrap.ts';
import type { ShootOut, ShootOutRow } from '../attribution/shoot-out.ts';
import { installedFiles } from '../installed-files.ts';
import { DEVICE_OPTION, EXIT, JSON_OPTION } from './command.ts';
import type { Command, Given, World } from './command.ts';
import { textTable } from './text-table.ts';

const NUMBERS = {
  points: 'points',
  groups: 'groups',
  'test-points': 'testPoints',
  flip: 'flip',
  seed: 'seed',
  memory: 'memory',
} as const;

export const attributeCommand: Command = {
  name: 'attribute',
  summary: 'attribution methods side by side against retraining: cost, agreement, LDS, mislabelled rows found',
  arguments: { name: '<sample or attribution.json>', least: 1, most: 1 },
  options: [
    { name: 'estimators', value: 'NAMES', help: 'comma-separated, or "all"' },
    {
      name: 'metrics',
      value: 'NAMES',
      help: 'comma-separated: correlation, lds, mislabel, overlap, removal, brittleness',
    },
    { name: 'model', value: 'KIND', help: 'logistic (else; softmax for more classes), ridge, smoothHinge, mlp, cnn' },
    { name: 'points', value: 'N', help: 'training rows removed one by one (else 100)' },
    { name: 'groups', value: 'M', help: 'random groups of a tenth of the rows (else 40)' },
    { name: 'test-points', value: 'T', help: 'test rows that are targets, beside the mean of all (else 5)' },
    { name: 'flip', value: 'SHARE', help: 'flip this share of the training labels first, to be found (else 0)' },
    { name: 'seed', value: 'N', help: 'of every random choice (else 0)' },
    { name: 'memory', value: 'GIB', help: 'that a method may take (else 4): a larger plan is not begun' },
    { name: 'out', value: 'FILE.json', help: 'write everything measured' },
    DEVICE_OPTION,
    JSON_OPTION,
  ],
  run: async (given, world) => {
    // Loaded when asked for: no other command needs them.
    const { runShootOut } = await import('../attribution/run-attribution.ts');
    const { spec, folder } = await askedOf(given, world);
    const abort = new AbortController();
    const stopListening = world.onInterrupt(() => abort.abort());
    const say = (text: string): void => world.progress.write(`${text}\n`);
    try {
      const dataset = await datasetOf(spec, folder);
      const { opened, found } = await runShootOut(dataset, spec, {
        device: given.text('device') ?? null,
        signal: abort.signal,
        onStep: (step) => say(step),
      });
      const record = { dataset: dataset.name, model: opened.description, spec, ...found };
      for (const line of resultLines(dataset.name, opened.description, spec, found)) world.print(line);
      const out = given.text('out');
      if (out !== undefined) write(resolve(world.folder, out), JSON.stringify(record, null, 2), world);
      if (given.flag('json')) world.print(JSON.stringify(record));
      return EXIT.done;
    } finally {
      stopListening();
    }
  },
};

async function askedOf(given: Given, world: World): Promise<{ spec: AttributionSpec; folder: string }> {
  const { parseAttributionSpec } = await import('../attribution/attribution-spec.ts');
  const { ATTRIBUTION_NAMES } = await import('../attribution/estimators/index.ts');
  const [named] = given.arguments;
  const path = resolve(world.folder, named);
  const isFile = named.endsWith('.json') || statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const written = isFile ? readJson(path) : { dataset: { sample: named, standardise: true } };
  const flags: Record<string, unknown> = {};
  const list = (name: 'estimators' | 'metrics'): void => {
    const text = given.text(name);
    if (text !== undefined) flags[name] = text.split(',').map((part) => part.trim());
  };
  list('estimators');
  list('metrics');
  if (given.text('estimators') === 'all') flags['estimators'] = [...ATTRIBUTION_NAMES];
  if (given.text('model') !== undefined) flags['model'] = { kind: given.text('model') };
  for (const [option, field] of Object.entries(NUMBERS)) {
    const text = given.text(option);
    if (text === undefined) continue;
    if (text.trim() === '' || !Number.isFinite(Number(text)))
      throw invalidInput(`--${option}: "${text}" is no number.`);
    flags[field] = Number(text);
  }
  const spec = parseAttributionSpec({ ...written, ...flags }, isFile ? path : 'attribute');
  return { spec, folder: dirname(path) };
}

function readJson(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'it is not JSON' : 'it can not be read';
    throw invalidInput(`${path}: ${why}.`, 'Name an attribution file, or a sample such as "digits".');
  }
  throw invalidInput(`${path}: the top level must be an object.`);
}

async function datasetOf({ dataset }: AttributionSpec, folder: string): Promise<Dataset> {
  const { readDatasetSpec, readSample } = await import('../datasets/index.ts');
  if ('sample' in dataset) return readSample(dataset.sample, installedFiles().samplesFolder);
  if ('id' in dataset) throw invalidInput('field "dataset": give files or a sample; the store is not opened.');
  return readDatasetSpec(dataset, folder, { progress: () => undefined, cancelled: () => false });
}

function write(path: string, text: string, world: World): void {
  try {
    writeFileSync(path, `${text}\n`);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new LeverageError('storage', `${path} could not be written (${code}).`, 'Choose another place.');
  }
  world.print(`Written: ${path}`);
}

const withInterval = (interval: Interval | null | undefined): string => {
  if (interval === null || interval === undefined || Number.isNaN(interval.estimate)) return UNDEFINED_MARK;
  const bounds = Number.isNaN(interval.low) ? '' : ` [${interval.low.toFixed(2)}, ${interval.high.toFixed(2)}]`;
  return `${interval.estimate.toFixed(3)}${bounds}`;
};

function resultLines(name: string, model: string, spec: AttributionSpec, found: ShootOut): string[] {
  const { rows, truthSeconds, truthDescription } = found;
  const ran = rows.filter((row) => row.failure === null);
  const table = textTable(
    [
      { title: 'method', align: 'left' },
      { title: 'cost', align: 'left' },
      { title: 'groups', align: 'left' },
      { title: 'time', align: 'right' },
      { title: 'memory planned', align: 'right' },
      { title: 'r points', align: 'right' },
      { title: 'r groups', align: 'right' },
      { title: 'LDS', align: 'right' },
      { title: 'mislabel AUC', align: 'right' },
    ],
    ran.map((row) => [
      row.title,
      row.cost,
      row.groupRule ?? UNDEFINED_MARK,
      formatDuration(row.seconds),
      formatBytes(row.bytes),
      withInterval(row.points?.pearson),
      withInterval(row.groups?.pearson),
      withInterval(row.lds),
      withInterval(row.mislabelArea),
    ]),
  );
  return [
    `${name}: ${model}`,
    `Effects on the test loss by removing ${spec.points} rows each alone and ${spec.groups} groups; positive: the removal raises it. 95 % bootstrap intervals.`,
    `Truth: ${truthDescription} ${formatDuration(truthSeconds)}.`,
    ...(spec.flip > 0
      ? [`${(100 * spec.flip).toFixed(0)} % of the training labels were flipped before training.`]
      : []),
    '',
    ...table,
    '',
    ...notesOf(rows),
  ];
}

function notesOf(rows: readonly ShootOutRow[]): string[] {
  return rows.flatMap(({ title, notes, failure }) => [
    ...(failure === null ? [] : [`${title}: not run. ${failure}`]),
    ...notes.map((note) => `${title}: ${note}`),
  ]);
}
