/** The engine in a utility process: a crash of a native library costs a batch, not the window. */
import type { UtilityProcess, utilityProcess } from 'electron';
import type { EngineProcess } from '../engine/engine-client.ts';

/** What Electron's module gives to start one; injected, so that tests run without the binary. */
export type Forker = Pick<typeof utilityProcess, 'fork'>;

/** Starts `entry` (out/main/engine-process.js); the client's messages wait until it runs. */
export function forkUtilityEngine(forker: Forker, entry: string): EngineProcess {
  const child: UtilityProcess = forker.fork(entry, [], { serviceName: 'Leverage engine', stdio: 'inherit' });
  return {
    send: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', (code) => listener(`exit code ${code}`)),
    kill: () => void child.kill(),
  };
}
