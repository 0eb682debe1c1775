/** What a command of the command line is, and the world it runs in (which tests replace). */
import type { Engine } from '../../shared/contract.ts';

export interface CommandOption {
  name: string;
  /** What its value is called in the help ("FILE"); null for a switch. */
  value: string | null;
  help: string;
}

export interface Command {
  name: string;
  summary: string;
  /** Positional arguments as the help names them; `most` null for any number. */
  arguments: { name: string; least: number; most: number | null };
  options: readonly CommandOption[];
  /** @returns the exit status. Throws LeverageError for everything that ends it otherwise. */
  run(given: Given, world: World): Promise<number>;
}

/** The checked arguments of one command. */
export interface Given {
  arguments: readonly string[];
  text(option: string): string | undefined;
  flag(option: string): boolean;
}

export interface EngineChoice {
  store?: string;
  device?: string;
  /** The command only reads: beside a running Leverage it may open the store read-only. */
  reading?: boolean;
}

export interface TextSink {
  write(text: string): void;
  /** Someone watches: a line may be drawn over. */
  terminal: boolean;
  /** Characters in a line of the terminal. */
  columns(): number;
}

export interface World {
  /** Results: one line each. */
  print(line: string): void;
  /** Progress and remarks (standard error). */
  progress: TextSink;
  /** Names of files on the command line are relative to it. */
  folder: string;
  version: string;
  /** The demo's study files. */
  studiesFolder: string;
  /** Where the demo puts its bundles unless told. */
  dataFolder: string;
  openEngine(choice: EngineChoice): Promise<Engine>;
  /** Calls back on the first Ctrl-C (or SIGTERM); a second one ends the process. @returns removes the listener */
  onInterrupt(listener: () => void): () => void;
  serve(args: readonly string[]): Promise<number>;
}

export const EXIT = { done: 0, failed: 1, invalidInput: 2, interrupted: 130 } as const;

export const STORE_OPTION: CommandOption = {
  name: 'store',
  value: 'FILE',
  help: "the store's file (else LEVERAGE_HOME, else the platform's data folder)",
};
export const DEVICE_OPTION: CommandOption = {
  name: 'device',
  value: 'NAME',
  help: 'where to compute (see "devices"); else chosen automatically',
};
export const JSON_OPTION: CommandOption = {
  name: 'json',
  value: null,
  help: 'one JSON summary as the last line of the output',
};

/** Opens the engine for the time of `work`. */
export async function withEngine<T>(
  world: World,
  choice: EngineChoice,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await world.openEngine(choice);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
