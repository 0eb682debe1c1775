/** The engine's end of a message channel: starts the engine it is told to, answers, forwards its events. */
import type { Engine, Input, Method } from '../../shared/contract.ts';
import { invalidInput, LeverageError, toFailure } from '../../shared/errors.ts';
import { takeApart } from './array-parts.ts';
import { toEngine, type FromEngine, type StartOptions, type ToEngine } from './engine-messages.ts';

export interface Channel {
  send(message: FromEngine): void;
  /** Ends the process: after closing, or when the engine could not start. */
  exit(code: number): void;
}

export interface EngineServer {
  /** Anything may arrive; what is not a message of the protocol is answered with a failure where it has a number, else left. */
  receive(message: unknown): void;
  /** The host is gone: closes the engine and exits. */
  hostGone(): void;
}

export function engineServer(createEngine: (options: StartOptions) => Promise<Engine>, channel: Channel): EngineServer {
  let engine: Engine | null = null;
  let starting: Promise<void> | null = null;
  /** One line on the terminal is enough, however much nonsense arrives. */
  let complained = false;

  async function start(options: StartOptions): Promise<void> {
    try {
      engine = await createEngine(options);
      engine.subscribe((event) => channel.send({ type: 'event', event }));
      channel.send({ type: 'ready' });
    } catch (thrown) {
      channel.send({ type: 'refused', failure: toFailure(thrown) });
      channel.exit(1);
    }
  }

  async function answer(id: number, work: (engine: Engine) => Promise<unknown>): Promise<void> {
    try {
      await starting;
      if (engine === null) throw new LeverageError('unavailable', 'The engine has not been started.');
      const { value, parts } = takeApart(await work(engine));
      for (const part of parts) channel.send({ type: 'part', id, part });
      channel.send({ type: 'answer', id, answer: { ok: true, value } });
    } catch (thrown) {
      channel.send({ type: 'answer', id, answer: { ok: false, failure: toFailure(thrown) } });
    }
  }

  async function close(): Promise<void> {
    await starting;
    await engine?.close();
    channel.send({ type: 'closed' });
    channel.exit(0);
  }

  function act(message: ToEngine): void {
    if (message.type === 'start') starting ??= start(message.options);
    else if (message.type === 'call') {
      // The method and the input are checked by the engine against the contract.
      const { method, input } = message;
      void answer(message.id, (running) => running.call(method as Method, input as Input<Method>));
    } else if (message.type === 'admit') {
      void answer(message.id, (running) => running.admitFile(message.path, message.name));
    } else void close();
  }

  return {
    receive: (message) => {
      const parsed = toEngine.safeParse(message);
      if (parsed.success) return act(parsed.data);
      const failure = toFailure(invalidInput('The engine received a message it does not understand.'));
      const id = numberOf(message);
      if (id !== null) channel.send({ type: 'answer', id, answer: { ok: false, failure } });
      else if (!complained) console.error(failure.message);
      complained = true;
    },
    hostGone: () => void close(),
  };
}

function numberOf(message: unknown): number | null {
  if (typeof message !== 'object' || message === null || !('id' in message)) return null;
  return typeof message.id === 'number' && Number.isSafeInteger(message.id) ? message.id : null;
}
