/**
 * Entry of the engine's own process: a child of `serve` (child_process.fork) or an Electron utility
 * process. A bundled build has it as `engine-process.js` beside the host's bundle.
 */
import { createEngine } from './create-engine.ts';
import type { FromEngine } from './engine-messages.ts';
import { engineServer } from './engine-server.ts';

/** What Electron gives a utility process; typed here because only the shell may import electron. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

const parentPort = (process as unknown as { parentPort?: ParentPort }).parentPort;
if (parentPort !== undefined) serveUtilityProcess(parentPort);
else if (process.send !== undefined) serveFork();
else {
  console.error('This file is started by Leverage, not by hand: run "leverage serve" instead.');
  process.exitCode = 2;
}

function serveUtilityProcess(port: ParentPort): void {
  const server = engineServer(createEngine, {
    send: (message: FromEngine) => port.postMessage(message),
    exit: (code) => process.exit(code),
  });
  port.on('message', (event) => server.receive(event.data));
}

function serveFork(): void {
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
