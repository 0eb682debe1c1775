/**
 * `npm run bench [-- WORKLOAD …]`: the compute engine's table, ratios measured in one run on one machine. See the
 * README for how to run and read it. What is missing here (data, Python, a field of the study file) is said and left out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listDevices } from '../../src/main/compute/index.ts';
import { runBench, SECTIONS, type SectionName } from './sections.ts';
import { markdownTable, textTable } from './table.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '30' },
    groups: { type: 'string' },
    device: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'boolean', default: false },
  },
});

const CPU_DEVICE = 'onnx-cpu-float32';
/** Devices that stand for a graphics processor, by name; one imitated on the CPU says so in its reason. */
const GRAPHICS = /webgpu|directml|dml|cuda|gpu/;
const IMITATED = /imitat|emulat|software/i;

const unknown = positionals.filter((name) => !SECTIONS.includes(name as SectionName));
const seconds = Number(options.seconds);
const groups = options.groups === undefined ? null : Number(options.groups);
if (unknown.length > 0) {
  refuse(`There is no workload "${unknown.join('", "')}"; there are ${SECTIONS.join(', ')}.`);
} else if (!(seconds > 0) || (groups !== null && !(Number.isInteger(groups) && groups >= 17))) {
  refuse('--seconds is a positive number; --groups is a whole number, at least 17 (one size).');
} else {
  await bench(positionals.length > 0 ? (positionals as SectionName[]) : SECTIONS);
}

function refuse(sentence: string): void {
  console.error(sentence);
  process.exitCode = 2;
}

async function bench(sections: readonly SectionName[]): Promise<void> {
  const machine = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    node: process.version,
    loadBefore: loadavg()[0],
    at: new Date().toISOString(),
  };
  console.log(`${machine.processor}, ${machine.threads} threads, Node ${machine.node}`);
  if (machine.loadBefore > 0.5) {
    console.log(
      `The machine is busy (load ${machine.loadBefore.toFixed(1)}): ratios taken at different moments waver; run it alone.`,
    );
  }
  const scratch = mkdtempSync(join(tmpdir(), 'leverage-bench-'));
  try {
    const figures = [];
    for (const device of options.device === undefined ? [null, ...(await otherDevices())] : [options.device]) {
      figures.push(await runBench(sections, { device, seconds, groups, scratch, say: (line) => console.log(line) }));
    }
    const rows = figures.flatMap((one) => one.rows);
    console.log('');
    for (const line of options.markdown ? markdownTable(rows) : textTable(rows)) console.log(line);
    if (options.json !== undefined) {
      writeFileSync(options.json, JSON.stringify({ machine, runs: figures }, null, 2) + '\n');
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What is measured beside the automatic choice: the graphics processors here, and the CPU where one of them is chosen. */
async function otherDevices(): Promise<string[]> {
  const devices = (await listDevices()).filter(({ available }) => available);
  const graphics = devices.filter(
    ({ name, title, reason }) => GRAPHICS.test(name) && !IMITATED.test(`${title} ${reason}`),
  );
  const names = graphics.filter(({ chosen }) => !chosen).map(({ name }) => name);
  const onCpu = devices.find(({ name }) => name === CPU_DEVICE);
  return graphics.length > names.length && onCpu !== undefined ? [...names, onCpu.name] : names;
}
