/** `serve`: the engine in a process of its own, the loopback server before it, the browser if there is a screen. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import { startEngineClient } from '../engine/engine-client.ts';
import { installedFiles } from '../installed-files.ts';
import { openableStoreFile } from '../store-location.ts';
import { startServer } from './server.ts';

export interface ServeOptions {
  /** 0: the system chooses. */
  port: number;
  /** Whether to open a browser, where there is a display. */
  open: boolean;
  /** Null: the platform's data folder. */
  store: string | null;
  /** Null: the automatic choice. */
  device: string | null;
}

/** `--port N --no-open --store FILE --device NAME`. Throws LeverageError 'invalidInput'. */
export function parseServeOptions(args: readonly string[]): ServeOptions {
  const { values } = parseOrRefuse(args);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalidInput(`--port: "${values.port}" is not a port.`, 'Give a number from 0 (any free port) to 65535.');
  }
  return { port, open: !values['no-open'], store: values.store ?? null, device: values.device ?? null };
}

/**
 * Serves until Ctrl-C (or SIGTERM), printing the URL on a line of its own, and resolves with the exit status: 0.
 * Closing the last tab does not stop it. Throws LeverageError when the store, the port or the pages are not to be had.
 */
export async function serveApp(args: readonly string[]): Promise<number> {
  const options = parseServeOptions(args);
  const installed = installedFiles();
  if (!existsSync(join(installed.rendererFolder, 'index.html'))) {
    throw new LeverageError(
      'unavailable',
      'The pages of the app are not built.',
      'Run "npm run build", or start with "npm start".',
    );
  }
  const stopped = stopSignal();
  const engine = await startEngineClient({
    storeFile: openableStoreFile(options.store ?? undefined),
    samplesFolder: installed.samplesFolder,
    device: options.device,
    host: 'serve',
    appVersion: installed.version,
  });
  try {
    const server = await startServer({ engine, rendererFolder: installed.rendererFolder, port: options.port });
    console.log(server.url);
    console.log('Leave this running; Ctrl-C ends it. A study that is computing then can be resumed.');
    if (options.open && hasDisplay()) await openBrowser(server.url);
    await stopped;
    await server.close();
  } finally {
    await engine.close();
  }
  return 0;
}

function parseOrRefuse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '0' },
        'no-open': { type: 'boolean', default: false },
        store: { type: 'string' },
        device: { type: 'string' },
      },
    });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message.split('. ')[0] : String(cause);
    throw invalidInput(`serve: ${what}.`, 'It takes --port N, --no-open, --store FILE and --device NAME.');
  }
}

/** The first Ctrl-C stops in order; a second one ends the process as it always does. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function hasDisplay(): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}

/** The URL is on the screen already: a browser that does not open is worth a line, not a failure. */
async function openBrowser(url: string): Promise<void> {
  try {
    const { default: open } = await import('open');
    const browser = await open(url);
    browser.on('error', () => console.log('No browser could be opened: open the address above in one.'));
  } catch {
    console.log('No browser could be opened: open the address above in one.');
  }
}
