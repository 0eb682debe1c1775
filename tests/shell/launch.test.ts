import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LAUNCHER = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'src', 'main', 'launch.mjs');

/** A project folder of its own: the launcher finds everything from where it lies. */
let root: string;
let launcher: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'leverage-launch-')));
  launcher = join(root, 'src', 'main', 'launch.mjs');
  await mkdir(dirname(launcher), { recursive: true });
  await copyFile(LAUNCHER, launcher);
  await writeFile(join(root, 'package.json'), '{}');
  await writeFile(join(root, 'electron.vite.config.ts'), '');
});
afterEach(() => rm(root, { recursive: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function launch(args: string[], options: { version?: string; env?: Record<string, string> } = {}): Promise<Ended> {
  const pretend =
    options.version === undefined
      ? []
      : [
          '--import',
          `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${options.version}'})`,
        ];
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
  const child = spawn(process.execPath, [...pretend, launcher, ...args], { env: { ...env, ...options.env } });
  return new Promise((resolve) => {
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** Packages as far as the launcher looks, a finished build, and a program that says what it was asked. */
async function installProject(): Promise<void> {
  await mkdir(join(root, 'node_modules', 'better-sqlite3'), { recursive: true });
  await writeFile(
    join(root, 'src', 'main', 'cli.ts'),
    'export function main(args: string[]): number { console.log(args.join(" ")); return 3; }',
  );
  await mkdir(join(root, 'src', 'main', 'serve'));
  await writeFile(
    join(root, 'src', 'main', 'serve', 'serve-app.ts'),
    'export function serveApp(args: string[]): Promise<number> { console.log(`serving ${args.join(" ")}`); return Promise.resolve(0); }',
  );
  for (const file of ['main/index.js', 'preload/preload.cjs', 'renderer/index.html']) {
    await mkdir(dirname(join(root, 'out', file)), { recursive: true });
    await writeFile(join(root, 'out', file), '');
  }
}

describe('the launcher', () => {
  it('tells an old Node in a sentence what to do', async () => {
    const { code, err } = await launch(['start'], { version: '18.19.0' });
    expect(code).toBe(1);
    expect(err).toBe(
      'Leverage needs Node 22.14 or newer and this is 18.19.0: run "npm ci" in its folder, which brings the right one, or install Node 24.\n',
    );
  });

  it.skipIf(process.platform === 'win32')(
    'hands an old Node’s work to the pinned one, with its exit status',
    async () => {
      const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
      await mkdir(dirname(pinned), { recursive: true });
      await writeFile(pinned, '#!/bin/sh\necho "pinned: $*"\nexit 7\n');
      await chmod(pinned, 0o755);
      const { code, out } = await launch(['run', 'study.json', '--json'], { version: '20.18.1' });
      expect(code).toBe(7);
      expect(out).toBe(`pinned: ${launcher} cli run study.json --json\n`);
      expect((await launch(['start'], { version: '20.18.1', env: { LEVERAGE_NODE_CHOSEN: '1' } })).err).toContain(
        'Leverage needs Node 22.14',
      );
    },
  );

  it('tells when the packages are not installed', async () => {
    const { code, err } = await launch(['start']);
    expect(code).toBe(1);
    expect(err).toContain('run "npm ci"');
  });

  it('passes every other command to the command line, with its exit status', async () => {
    await installProject();
    expect(await launch(['run', 'study.json', '--json'])).toMatchObject({ code: 3, out: 'run study.json --json\n' });
    expect(await launch(['cli', 'list'])).toMatchObject({ code: 3, out: 'list\n' });
  });

  it('serves where there is no display, and says why', async () => {
    await installProject();
    const { code, out } = await launch([]);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'Leverage runs in the browser, because there is no display for a window.\nserving \n',
    });
  });

  it('serves when the options ask for it, and passes them on', async () => {
    await installProject();
    const { out } = await launch(['start', '--port', '0', '--no-open'], { env: { DISPLAY: ':0' } });
    expect(out).toBe(
      'Leverage runs in the browser, because --port asks for the browser.\nserving --port 0 --no-open\n',
    );
  });

  it('builds what is older than its sources, and tells when it can not', async () => {
    await installProject();
    const source = join(root, 'src', 'main', 'newer.ts');
    await writeFile(source, '');
    await utimes(source, Date.now() / 1000 + 60, Date.now() / 1000 + 60);
    const { code, out, err } = await launch(['start']);
    expect(code).toBe(1);
    expect(out).toBe('Building the app …\n');
    expect(err).toContain('its build tools are not installed');
  });
});
