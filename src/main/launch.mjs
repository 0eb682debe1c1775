#!/usr/bin/env node
/**
 * The one way in: `start`, `dev` and `cli`, behind npm scripts and the `leverage` program.
 *
 * Plain JavaScript that parses on any Node from 14 on, because its first duty is to notice an
 * old one: below 22.14 the store's native library ends the process with a segmentation fault
 * instead of a message. It finds the pinned Node, builds what is out of date, and chooses
 * between Electron and the browser.
 */
import { spawn } from 'child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'fs';
import { dirname, join } from 'path';
import { fileURLToPath, pathToFileURL } from 'url';

const ROOT = dirname(dirname(dirname(realpathSync(fileURLToPath(import.meta.url)))));
const OLDEST_NODE = [22, 14];
const FETCH_ELECTRON_MS = 60000;
/** The code of a shell or loader for "this program, or a library it needs, is not there". */
const NOT_RUNNABLE = 127;
const INTERRUPTED = 130;

const [command, ...options] = argumentsOf(process.argv.slice(2));
// No top-level await: the oldest Node that should get a sentence does not know it.
main().then(
  (code) => (process.exitCode = code),
  (thrown) => (process.exitCode = fail(thrown.hint ? `${thrown.message} ${thrown.hint}` : thrown.message)),
);

async function main() {
  const other = otherNode();
  if (other.remedy !== null) return fail(other.remedy);
  if (other.program !== null) {
    const again = [...other.flags, fileURLToPath(import.meta.url), command, ...options];
    return run(other.program, again, { env: { ...process.env, LEVERAGE_NODE_CHOSEN: '1' } });
  }
  if (!existsSync(join(ROOT, 'node_modules', 'better-sqlite3'))) {
    return fail('The packages that Leverage needs are not installed: run "npm ci" in its folder first.');
  }
  if (command === 'cli') return cli(options);
  return command === 'dev' ? dev() : start();
}

/** `leverage` alone opens the window; `leverage run …` is the command line. */
function argumentsOf(given) {
  const [first] = given;
  if (first === undefined) return ['start'];
  return ['start', 'dev', 'cli'].includes(first) ? given : ['cli', ...given];
}

// ---------------------------------------------------------------- Node

/** Another Node to run this with: `program` and its `flags`, or the `remedy` in words when there is none. */
function otherNode() {
  const here = { program: null, flags: [], remedy: null };
  const recent = isAtLeast(process.versions.node, OLDEST_NODE);
  // Node 22.18 and later read TypeScript by themselves.
  const readsTypeScript = Boolean(process.features && process.features.typescript);
  if (recent && readsTypeScript) return here;
  if (process.env.LEVERAGE_NODE_CHOSEN !== '1') {
    const pinned = pinnedNode();
    if (pinned !== null) return { ...here, program: pinned };
    const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
    if (recent) return { ...here, program: process.execPath, flags };
  }
  return {
    ...here,
    remedy:
      `Leverage needs Node ${OLDEST_NODE.join('.')} or newer and this is ${process.versions.node}: ` +
      'run "npm ci" in its folder, which brings the right one, or install Node 24.',
  };
}

/** The Node that package.json pins, when it is installed and not the one that runs this. */
function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const program = join(ROOT, 'node_modules', 'node', 'bin', name);
  return existsSync(program) && realpathSync(program) !== realpathSync(process.execPath) ? program : null;
}

function isAtLeast(version, [major, minor]) {
  const [a, b] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}

// ---------------------------------------------------------------- start

async function start() {
  const built = await buildIfStale();
  if (built !== 0) return built;
  const why = await whyNotElectron();
  if (why !== null) return serve(why);
  const code = await run(electronProgram(), [ROOT, ...options]);
  return code === NOT_RUNNABLE ? serve('Electron does not start here (a system library is missing)') : code;
}

/** Why the window is not Electron's, or null. Fetches Electron's program when only that is missing. */
async function whyNotElectron() {
  const asked = options.find((option) => /^--(port|no-open|serve)(=|$)/.test(option));
  if (asked !== undefined) return `${asked.split('=')[0]} asks for the browser`;
  if (!hasDisplay()) return 'there is no display for a window';
  if (process.platform === 'linux' && process.getuid && process.getuid() === 0) {
    return 'Electron keeps its sandbox only for ordinary users and this is root';
  }
  if (electronProgram() !== null) return null;
  console.log('Fetching Electron’s program, once …');
  await fetchElectron();
  return electronProgram() === null ? 'Electron’s program is not here and could not be fetched' : null;
}

function hasDisplay() {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** The path of Electron's binary, or null. */
function electronProgram() {
  const folder = join(ROOT, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const home = process.env.ELECTRON_OVERRIDE_DIST_PATH || join(folder, 'dist');
  const program = join(home, readFileSync(pathFile, 'utf8').trim());
  return existsSync(program) ? program : null;
}

/** Electron's own downloader. Whether it worked shows in `electronProgram`; its complaints are not for the person. */
function fetchElectron() {
  const installer = join(ROOT, 'node_modules', 'electron', 'install.js');
  if (!existsSync(installer)) return Promise.resolve(1);
  return run(process.execPath, [installer], { stdio: 'ignore', timeout: FETCH_ELECTRON_MS, killSignal: 'SIGKILL' });
}

async function serve(why) {
  const { serveApp } = await import(pathToFileURL(join(ROOT, 'src', 'main', 'serve', 'serve-app.ts')).href);
  console.log(`Leverage runs in the browser, because ${why}.`);
  return serveApp(options.filter((option) => option !== '--serve'));
}

// ---------------------------------------------------------------- dev

/** Electron with hot reload where its program is; else the browser, with the pages rebuilt on every change. */
async function dev() {
  const why = await whyNotElectron();
  if (why === null) return run(process.execPath, [tool('electron-vite'), 'dev', '--watch'], { cwd: ROOT });
  const built = await build();
  if (built !== 0) return built;
  const watcher = await watchPages();
  console.log('The pages are rebuilt when a source changes: reload the browser to see it.');
  const code = await serve(why);
  await watcher.close();
  return code;
}

/** electron-vite watches only for Electron: the renderer's own part of its settings, given to Vite. */
async function watchPages() {
  const { default: config } = await import(pathToFileURL(join(ROOT, 'electron.vite.config.ts')).href);
  const { build: buildPages } = await import('vite');
  const { renderer } = config;
  return buildPages({
    ...renderer,
    configFile: false,
    root: join(ROOT, renderer.root),
    logLevel: 'warn',
    build: {
      ...renderer.build,
      outDir: join(ROOT, renderer.build.outDir),
      emptyOutDir: true,
      watch: {},
      rolldownOptions: { input: join(ROOT, renderer.build.rolldownOptions.input) },
    },
  });
}

// ---------------------------------------------------------------- cli

async function cli(given) {
  if (given[0] === 'serve') {
    const built = await buildIfStale();
    if (built !== 0) return built;
  }
  const { main: runCommand } = await import(pathToFileURL(join(ROOT, 'src', 'main', 'cli.ts')).href);
  return runCommand(given);
}

// ---------------------------------------------------------------- build

/** Builds when a source is newer than what is built of it. */
async function buildIfStale() {
  const outputs = ['main/index.js', 'preload/preload.cjs', 'renderer/index.html'].map((file) =>
    join(ROOT, 'out', file),
  );
  const sources = ['src', 'electron.vite.config.ts', 'package.json'].map((path) => join(ROOT, path));
  const oldestOutput = Math.min(...outputs.map((file) => (existsSync(file) ? statSync(file).mtimeMs : 0)));
  const newestSource = Math.max(...sources.map(newestChange));
  if (newestSource <= oldestOutput) return 0;
  console.log('Building the app …');
  return build();
}

function newestChange(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestChange(join(path, name))));
}

/** Quiet when it works; the whole output and a sentence when not. */
async function build() {
  const bundler = tool('electron-vite');
  if (!existsSync(bundler)) return fail('The app is not built and its build tools are not installed: run "npm ci".');
  let output = '';
  const code = await run(process.execPath, [bundler, 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    onOutput: (text) => (output += text),
  });
  if (code === 0) return 0;
  process.stderr.write(output);
  return fail('The app could not be built; the lines above say where.');
}

function tool(name) {
  const folder = join(ROOT, 'node_modules', name);
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return manifest;
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[name]);
}

// ---------------------------------------------------------------- processes

/**
 * Runs a program to its end and resolves with its exit code. Ctrl-C reaches the child by itself
 * (it shares the terminal); a signal sent to this process alone is passed on.
 */
function run(program, args, { onOutput, ...given } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', ...given });
    if (child.stdout && onOutput) child.stdout.on('data', onOutput);
    if (child.stderr && onOutput) child.stderr.on('data', onOutput);
    const wait = () => {};
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', wait);
    process.on('SIGTERM', pass);
    const settle = (code) => {
      process.off('SIGINT', wait);
      process.off('SIGTERM', pass);
      resolve(code);
    };
    child.on('error', () => settle(NOT_RUNNABLE));
    child.on('close', (code, signal) => settle(code !== null ? code : signal === 'SIGINT' ? INTERRUPTED : 1));
  });
}

function fail(sentence) {
  console.error(sentence);
  return 1;
}
