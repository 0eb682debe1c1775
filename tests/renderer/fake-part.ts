/** What the parts of the fake bridge have in common. */
import type { EngineEvent, Input, Method } from '../../src/shared/contract.ts';

/** What a part answers, by procedure. */
export type Answers = { [M in Method]?: (input: Input<M>) => unknown };

export type Emit = (event: EngineEvent) => void;

export interface FakeOptions {
  /** `empty`: the two samples and no study. `full`: every state a study can be in. `bare`: nothing at all. */
  store: 'bare' | 'empty' | 'full';
  /** Groups per second of a running study. */
  rate: number;
  /** How long the library takes to answer, as at a first start; the devices take as long again. */
  slowMs?: number;
  /** The devices can not be tried. */
  brokenDevices?: boolean;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
