/** Finds the channel to the host that started this process, and serves an engine on it. */
import type { Engine } from '../../shared/contract.ts';
import type { FromEngine, StartOptions } from './engine-messages.ts';
import { engineServer } from './engine-server.ts';

type CreateEngine = (options: StartOptions) => Promise<Engine>;

/** What Electron gives a utility process; typed here because only the shell may import electron. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** Serves until the host says close or is gone. Started by hand there is no host: one sentence and exit status 2. */
export function serveEngineProcess(createEngine: CreateEngine): void {
  const { parentPort } = process as unknown as { parentPort?: ParentPort };
  if (parentPort !== undefined) serveUtilityProcess(createEngine, parentPort);
  else if (process.send !== undefined) serveFork(createEngine);
  else {
    console.error('This file is started by Leverage, not by hand: run "leverage serve" instead.');
    process.exitCode = 2;
  }
}

function serveUtilityProcess(createEngine: CreateEngine, port: ParentPort): void {
  const server = engineServer(createEngine, {
    send: (message: FromEngine) => port.postMessage(message),
    exit: (code) => process.exit(code),
  });
  port.on('message', (event) => server.receive(event.data));
}

function serveFork(createEngine: CreateEngine): void {
  // The window's server decides when to stop: Ctrl-C in a terminal reaches the whole group of processes.
  process.on('SIGINT', () => undefined);
  let connected = true;
  const server = engineServer(createEngine, {
    send: (message: FromEngine) => {
      if (connected) process.send?.(message);
    },
    exit: (code) => {
      process.exitCode = code;
      // Leaves once what was sent has gone out.
      if (connected) process.disconnect();
    },
  });
  process.on('message', (message) => server.receive(message));
  process.on('disconnect', () => {
    connected = false;
    server.hostGone();
  });
}
