/**
 * `npm test`: finds (or fetches) a browser, checks types, builds, runs every test, and ends
 * with the counts on a line of their own. Its status is 0 only when nothing failed.
 *
 *     npm test                       everything
 *     npm test -- tests/store        types, build, and the tests of one folder
 *     npm test -- --project unit     without the browser
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FETCH_BROWSER_MS = 180_000;
const require = createRequire(import.meta.url);
const filters = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < 22) {
  console.error(
    `The tests need Node 24 and this is ${process.versions.node}: start them with "npm test", which brings it.`,
  );
  process.exit(1);
}

const failures = [];
const environment = { ...process.env };
if (wantsBrowser()) await provideBrowser();

await step('Types', [tool('typescript', 'tsc'), '-p', '.']);
await step('Types of the window', [
  tool('svelte-check'),
  '--tsconfig',
  'src/renderer/tsconfig.json',
  '--output',
  'human',
]);
await step('Build', [tool('electron-vite'), 'build', '--logLevel', 'warn']);
const tests = await runTests();
report(tests);

// ---------------------------------------------------------------- steps

/** Runs one Node program; its output is shown only when it fails. */
async function step(title, args) {
  const began = Date.now();
  const { code, output } = await run(process.execPath, args);
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  console.log(`${title}: ${code === 0 ? 'passed' : 'FAILED'} (${seconds} s)`);
  if (code === 0) return;
  console.log(output);
  failures.push(title);
}

/** Vitest shows its own output; what it counted comes back through a file. */
async function runTests() {
  const folder = await mkdtemp(join(tmpdir(), 'leverage-tests-'));
  const file = join(folder, 'summary.json');
  try {
    const reporters = ['--reporter', 'default', '--reporter', join(ROOT, 'tests', 'summary-reporter.mjs')];
    const args = [tool('vitest'), 'run', ...reporters, ...filters];
    const { code } = await run(process.execPath, args, {
      stdio: 'inherit',
      env: { ...environment, LEVERAGE_TEST_SUMMARY: file },
    });
    const counted = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : null;
    if (counted === null || (code !== 0 && counted.failed === 0)) failures.push('Test run');
    return counted ?? { passed: 0, failed: 0, skipped: [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report({ passed, failed, skipped }) {
  if (skipped.length > 0) {
    console.log('\nNot run:');
    for (const [reason, names] of byReason(skipped)) {
      console.log(`  ${reason}`);
      for (const name of names) console.log(`    · ${name}`);
    }
  }
  if (failures.length > 0) console.log(`\nFailed besides the tests: ${failures.join(', ')}`);
  console.log(`\n${passed} passed, ${failed + failures.length} failed, ${skipped.length} skipped`);
  process.exitCode = failed + failures.length === 0 ? 0 : 1;
}

function byReason(skipped) {
  const groups = new Map();
  for (const { name, reason } of skipped) groups.set(reason, [...(groups.get(reason) ?? []), name]);
  return groups;
}

// ---------------------------------------------------------------- browser

/** Without the browser tests there is no browser to find. */
function wantsBrowser() {
  const at = filters.indexOf('--project');
  if (at !== -1) return filters[at + 1] !== 'unit';
  return !filters.includes('--project=unit');
}

/** The system's browser, else Playwright's, else Debian's package. The tests learn the result from the environment. */
async function provideBrowser() {
  const { installedBrowsers, whyNotRunning } = await import('./e2e/browser.mjs');
  const broken = new Map();
  const findRunning = async () => {
    for (const candidate of installedBrowsers()) {
      if (broken.has(candidate)) continue;
      const why = await whyNotRunning(candidate);
      if (why === null) return candidate;
      broken.set(candidate, why);
    }
    return null;
  };

  const refusals = [];
  let program = await findRunning();
  for (const fetch of [fetchPlaywrightBrowser, installDebianBrowser]) {
    if (program !== null) break;
    const why = await fetch();
    if (why === null) program = await findRunning();
    else refusals.push(why);
  }

  if (program !== null) {
    environment.LEVERAGE_BROWSER = program;
    console.log(`Browser: ${program}`);
  } else {
    environment.LEVERAGE_NO_BROWSER = ['no browser is installed', ...broken.values(), ...refusals].join('; ');
    console.log(`Browser: none, the browser tests are not run (${environment.LEVERAGE_NO_BROWSER})`);
  }
}

/** @returns {Promise<string | null>} why it could not be had */
async function fetchPlaywrightBrowser() {
  console.log('No browser is installed; fetching Playwright’s …');
  const { code } = await run(process.execPath, [join(packageFolder('playwright'), 'cli.js'), 'install', 'chromium'], {
    timeout: FETCH_BROWSER_MS,
    killSignal: 'SIGKILL',
  });
  return code === 0 ? null : 'Playwright’s Chromium could not be fetched';
}

/** @returns {Promise<string | null>} why it could not be had */
async function installDebianBrowser() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return 'Debian’s Chromium needs Debian and root';
  console.log('Installing Debian’s Chromium …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const updated = await run('apt-get', ['update', '-q'], { env });
  const { code } = await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], { env });
  return code === 0
    ? null
    : `Debian’s Chromium could not be installed${updated.code === 0 ? '' : ' (apt-get update failed)'}`;
}

// ---------------------------------------------------------------- processes

/** Runs a program in the project's folder and resolves with its exit code and everything it printed. */
function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: environment, ...options });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (thrown) => resolve({ code: 1, output: thrown.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The script behind a package's program. */
function tool(name, program = name) {
  const folder = packageFolder(name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[program]);
}

function packageFolder(name) {
  return dirname(require.resolve(`${name}/package.json`));
}
