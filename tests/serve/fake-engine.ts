/** An engine that computes nothing: answers are given by the test, calls and files are recorded. */
import { readFile } from 'node:fs/promises';
import type { Engine, EngineEvent, Method } from '../../src/shared/contract.ts';

export interface FakeEngine {
  engine: Engine;
  calls: { method: Method; input: unknown }[];
  admitted: { path: string; name: string | undefined; content: Buffer }[];
  emit(event: EngineEvent): void;
  closed(): boolean;
}

export function fakeEngine(answers: Partial<Record<Method, (input: unknown) => unknown>> = {}): FakeEngine {
  const listeners = new Set<(event: EngineEvent) => void>();
  const calls: FakeEngine['calls'] = [];
  const admitted: FakeEngine['admitted'] = [];
  let closed = false;
  const engine: Engine = {
    async call(method, input) {
      calls.push({ method, input });
      const answer = answers[method];
      if (answer === undefined) throw new Error(`The test gave no answer for ${method}.`);
      return (await answer(input)) as never;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async admitFile(path, name) {
      const content = await readFile(path);
      admitted.push({ path, name, content });
      return { handle: `handle-${admitted.length}`, name: name ?? path, bytes: content.length };
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
  return {
    engine,
    calls,
    admitted,
    emit: (event) => listeners.forEach((listener) => listener(event)),
    closed: () => closed,
  };
}
