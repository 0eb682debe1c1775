/**
 * The headless entry: the app without a window. The same engine, in this process; results on
 * standard output, progress on standard error.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toFailure } from '../shared/errors.ts';
import type { EngineChoice, World } from './cli/command.ts';
import { EXIT } from './cli/command.ts';
import { runCommandLine } from './cli/main.ts';
import { installedFiles } from './installed-files.ts';
import { dataFolder, openableStoreFile } from './store-location.ts';

/** Runs one command line (without the program's name) to its end. Resolves with the exit status. */
export async function main(words: readonly string[]): Promise<number> {
  quietWhenReaderLeaves();
  const status = await runCommandLine(words, processWorld());
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Work that was given up (a file half read) would keep the process alive.
  if (status === EXIT.interrupted) process.exit(status);
  return status;
}

function processWorld(): World {
  const { root, version, samplesFolder } = installedFiles();
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    progress: {
      write: (text) => void process.stderr.write(text),
      terminal: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
      columns: () => process.stderr.columns ?? 80,
    },
    folder: process.cwd(),
    version,
    studiesFolder: join(root, 'resources', 'studies'),
    dataFolder: dataFolder(),
    openEngine: (choice) => openEngine(choice, samplesFolder, version),
    onInterrupt,
    // Loaded when asked for: no other command needs an HTTP server.
    serve: async (args) => (await import('./serve/serve-app.ts')).serveApp(args),
  };
}

async function openEngine(choice: EngineChoice, samplesFolder: string, appVersion: string) {
  const { createEngine } = await import('./engine/create-engine.ts');
  const options = {
    storeFile: openableStoreFile(choice.store),
    samplesFolder,
    device: choice.device ?? null,
    host: 'cli' as const,
    appVersion,
  };
  try {
    return await createEngine(options);
  } catch (thrown) {
    // Another Leverage writes to the store: whoever only reads need not wait for it.
    if (choice.reading !== true || toFailure(thrown).kind !== 'unavailable') throw thrown;
    return createEngine({ ...options, readOnly: true });
  }
}

function onInterrupt(listener: () => void): () => void {
  let asked = false;
  const interrupt = () => {
    if (asked) process.exit(EXIT.interrupted);
    asked = true;
    listener();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  };
}

/** `leverage list | head` is no failure. */
function quietWhenReaderLeaves(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.done);
  });
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}

/** Whether this file is the program that Node was asked to run, and not a module of the launcher. */
function isProgram(): boolean {
  const program = process.argv[1];
  return program !== undefined && realpathSync(program) === fileURLToPath(import.meta.url);
}

if (isProgram()) process.exitCode = await main(process.argv.slice(2));
