/** The window's one way to the engine: the bridge that the host provides, and a typed call over it. */
import type { Bridge, Input, Method, Output } from '../../shared/contract.ts';
import { LeverageError } from '../../shared/errors.ts';
import { connectLoopback } from './loopback-client.ts';

declare global {
  interface Window {
    /** Put here by the preload script in Electron, and by tests. */
    leverage?: Bridge;
  }
}

/** The bridge of this host: Electron's preload, or the loopback connection of `serve`. Throws LeverageError. */
export function connect(): Promise<Bridge> {
  // No import of its own: the connection opens while the window is still being put together.
  return Promise.resolve(window.leverage ?? connectLoopback());
}

export type Call = <M extends Method>(method: M, input: Input<M>) => Promise<Output<M>>;

/** A typed call over `bridge`: answers the method's output, throws its failure as LeverageError. */
export function callOver(bridge: Bridge): Call {
  return async <M extends Method>(method: M, input: Input<M>) => {
    const answer = await bridge.request(method, input);
    if (!answer.ok) throw new LeverageError(answer.failure.kind, answer.failure.message, answer.failure.hint);
    // The engine validates inputs and the contract fixes the type of each answer.
    return answer.value as Output<M>;
  };
}
