/** The command line as a program: processes, signals, exit statuses, a real engine and store. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'src', 'main', 'launch.mjs');
/** Other work on the machine may slow a process to a tenth. */
const PATIENCE_MS = 180_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-process-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  status: number | null;
  out: string;
  said: string;
}

/** @param onProgress sees standard error as it comes, and may send a signal */
function leverage(
  words: string[],
  onProgress: (said: string, interrupt: () => void) => void = () => undefined,
  home = folder,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LAUNCHER, 'cli', ...words], {
      cwd: folder,
      env: { ...process.env, LEVERAGE_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let said = '';
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => {
      said += piece.toString();
      onProgress(said, () => child.kill('SIGINT'));
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, said }));
  });
}

function study(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return name;
}

function lastLine(out: string): unknown {
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '');
}

function filesOf(bundle: string): Record<string, string> {
  return Object.fromEntries(readdirSync(bundle).map((name) => [name, readFileSync(join(bundle, name), 'utf8')]));
}

const small = {
  name: 'small, "quoted"',
  dataset: { sample: 'breast-cancer', standardise: true },
  model: { l2: { relative: 0.01 } },
  groups: [
    { constructors: ['random', 'randomWithinClass'], sizes: { from: 0.05, to: 0.2, count: 3 } },
    { file: 'my-groups.json' },
  ],
  evaluate: { testPoints: { rows: [5] } },
};

describe('the command line as a program', () => {
  it(
    'runs a study, writes its bundle, and exports, lists, shows and deletes it',
    { timeout: PATIENCE_MS },
    async () => {
      study('my-groups.json', [{ id: 'a,"b"\n=1', constructor: 'natural', label: 'worker 17', members: [9, 0, 5] }]);
      const ran = await leverage(['run', study('small.json', small), '--out', 'bundle', '--json']);
      expect(ran.said).not.toContain('Error');
      expect(ran.status).toBe(0);
      const record = lastLine(ran.out) as {
        id: string;
        status: string;
        groups: number;
        out: string;
        agreements: unknown[];
      };
      expect(record).toMatchObject({ status: 'done', groups: 7, groupsDone: 7, out: join(folder, 'bundle') });
      // 4 quantities × influence and Newton against actual.
      expect(record.agreements).toHaveLength(8);

      const bundle = filesOf(join(folder, 'bundle'));
      const rows = parse(bundle['effects.csv'], { columns: true }) as Record<string, string>[];
      expect(Object.keys(rows[0])).toEqual([
        'group',
        'constructor',
        'size',
        'quantity',
        'target',
        'influence',
        'newton',
        'actual',
      ]);
      expect(rows).toHaveLength(7 * 4);
      expect(rows.at(-1)).toMatchObject({ group: 'a,"b"\n=1', constructor: 'natural', size: '3' });
      expect(
        rows.every((row) =>
          [row['influence'], row['newton'], row['actual']].every(
            (cell) => Number.isFinite(Number(cell)) && cell !== '',
          ),
        ),
      ).toBe(true);
      const groups = JSON.parse(bundle['groups.json']) as { id: string; members: number[] }[];
      expect(groups.at(-1)).toMatchObject({
        id: 'a,"b"\n=1',
        constructor: 'natural',
        label: 'worker 17',
        members: [0, 5, 9],
      });
      expect(JSON.parse(bundle['study.json'])).toMatchObject({
        ...small,
        tolerance: 1e-8,
        estimators: ['influence', 'newton', 'actual'],
      });
      const certificates = parse(bundle['retraining.csv'], { columns: true }) as Record<string, string>[];
      expect(certificates.map((one) => one['converged'])).toEqual(Array(7).fill('true'));

      const listed = await leverage(['list', '--json']);
      expect(listed.out).toContain(record.id);
      expect((lastLine(listed.out) as { studies: unknown[] }).studies).toHaveLength(1);
      const shown = await leverage(['show', record.id.slice(0, 8)]);
      expect(shown.status).toBe(0);
      expect(shown.out).toContain('sha-256');

      expect(await leverage(['export', record.id, '--out', 'again'])).toMatchObject({ status: 0 });
      expect(filesOf(join(folder, 'again'))).toEqual(bundle);

      expect(await leverage(['delete', record.id])).toMatchObject({ status: 0 });
      const gone = await leverage(['show', record.id]);
      expect(gone.status).toBe(2);
      expect(gone.said).toContain('There is no study');
    },
  );

  it(
    'stops on Ctrl-C with 130, and the same command resumes to the same effects',
    { timeout: PATIENCE_MS },
    async () => {
      const file = study('digits.json', {
        dataset: { sample: 'digits' },
        model: { l2: { relative: 0.25 } },
        groups: { constructors: ['random'], sizes: { from: 0.01, to: 0.05, count: 100 } },
        evaluate: { testPoints: { rows: [3] }, quantities: ['loss', 'selfLoss'] },
      });
      let sent = false;
      const stopped = await leverage(['run', file, '--out', 'parts', '--json'], (said, interrupt) => {
        if (sent || !/\d\/100 groups/.test(said)) return;
        sent = true;
        interrupt();
      });
      expect(stopped.status).toBe(130);
      expect(stopped.said).toContain('Run the same command again to resume.');
      expect(lastLine(stopped.out)).toMatchObject({ status: 'interrupted' });
      expect(readdirSync(folder)).not.toContain('parts');

      const resumed = await leverage(['run', file, '--out', 'parts', '--json']);
      expect(resumed.status).toBe(0);
      expect(resumed.said).toMatch(/Resuming after \d+ of 100 groups/);
      expect(resumed.said).not.toContain('Resuming after 0 of');

      const whole = await leverage(['run', file, '--out', 'whole'], undefined, join(folder, 'another-home'));
      expect(whole.status).toBe(0);
      for (const name of ['effects.csv', 'groups.json', 'model.json', 'study.json']) {
        expect(filesOf(join(folder, 'parts'))[name], name).toBe(filesOf(join(folder, 'whole'))[name]);
      }
    },
  );

  it('refuses a bad study with 2 before it opens a store', { timeout: PATIENCE_MS }, async () => {
    const home = join(folder, 'untouched');
    const ended = await leverage(
      ['run', study('bad.json', { dataset: { sample: 'digits' }, model: { l3: 1 } })],
      undefined,
      home,
    );
    expect(ended.status).toBe(2);
    expect(ended.said).toContain('field "model.l3"');
    expect(readdirSync(folder)).not.toContain('untouched');
  });

  it('reads beside another Leverage that has the store', { timeout: PATIENCE_MS }, async () => {
    const home = join(folder, 'shared');
    await leverage(['list'], undefined, home);
    const holder = spawn(
      process.execPath,
      [
        LAUNCHER,
        'cli',
        'run',
        study('long.json', { dataset: { sample: 'digits' }, groups: { constructors: ['random'] } }),
      ],
      {
        cwd: folder,
        env: { ...process.env, LEVERAGE_HOME: home },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const closed = new Promise<number | null>((resolve) => holder.on('close', resolve));
    await new Promise<void>((resolve) => holder.stderr.once('data', () => resolve()));
    const listed = await leverage(['list'], undefined, home);
    const refused = await leverage(['run', 'long.json'], undefined, home);
    holder.kill('SIGINT');
    const status = await closed;
    expect(listed.said).toBe('');
    expect(listed.status).toBe(0);
    expect(refused.status).toBe(1);
    expect(status).toBe(130);
  });
});
