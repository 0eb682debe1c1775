/** A command line without a terminal, a store or an engine: what it prints is kept, the engine is scripted. */
import type { Engine, EngineEvent, Input, Method } from '../../src/shared/contract.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import type { EngineChoice, World } from '../../src/main/cli/command.ts';

export interface FakeEngine extends Engine {
  emit(event: EngineEvent): void;
  readonly calls: { method: string; input: unknown }[];
  readonly closed: () => boolean;
}

/** Answers by method; a method without an answer fails the test that calls it. */
export type Answers = { [M in Method]?: (input: Input<M>) => unknown };

export function fakeEngine(answers: Answers): FakeEngine {
  const listeners = new Set<(event: EngineEvent) => void>();
  const calls: FakeEngine['calls'] = [];
  let closed = false;
  return {
    call: async (method, input) => {
      calls.push({ method, input });
      const answer = answers[method] as ((given: unknown) => unknown) | undefined;
      if (answer === undefined) throw new LeverageError('internal', `The test's engine does not answer ${method}.`);
      return (await answer(input)) as never;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    admitFile: (path, name) => Promise.resolve({ handle: `file-${path}`, name: name ?? path, bytes: 1 }),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
    emit: (event) => {
      for (const listener of [...listeners]) listener(event);
    },
    calls,
    closed: () => closed,
  };
}

export interface FakeWorld extends World {
  readonly printed: string[];
  /** Everything written to standard error. */
  readonly said: () => string;
  readonly engineChoices: EngineChoice[];
  readonly served: string[][];
  /** As Ctrl-C would. */
  interrupt(): void;
}

export function fakeWorld(folder: string, engine: Engine | null = null, terminal = false): FakeWorld {
  const printed: string[] = [];
  let said = '';
  const engineChoices: EngineChoice[] = [];
  const served: string[][] = [];
  const interruptListeners = new Set<() => void>();
  return {
    print: (line) => void printed.push(line),
    progress: { write: (text) => void (said += text), terminal, columns: () => 80 },
    folder,
    version: '9.9.9',
    studiesFolder: folder,
    dataFolder: folder,
    openEngine: (choice) => {
      engineChoices.push(choice);
      if (engine === null) return Promise.reject(new LeverageError('internal', 'This test has no engine.'));
      return Promise.resolve(engine);
    },
    onInterrupt: (listener) => {
      interruptListeners.add(listener);
      return () => void interruptListeners.delete(listener);
    },
    serve: (args) => {
      served.push([...args]);
      return Promise.resolve(0);
    },
    printed,
    said: () => said,
    engineChoices,
    served,
    interrupt: () => {
      for (const listener of [...interruptListeners]) listener();
    },
  };
}
