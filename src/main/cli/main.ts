/** From the words of the command line to an exit status: dispatch, and the one place that shows failures. */
import { toFailure } from '../../shared/errors.ts';
import type { Failure } from '../../shared/errors.ts';
import { EXIT } from './command.ts';
import type { World } from './command.ts';
import { COMMANDS } from './commands.ts';
import { findCommand, parseArguments } from './parse-arguments.ts';

/** Runs one command line in `world`. Never throws: a failure is one sentence on standard error. */
export async function runCommandLine(words: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(words, world);
  } catch (thrown) {
    const failure = toFailure(thrown);
    world.progress.write(`${[failure.message, failure.hint].filter((text) => text !== '').join(' ')}\n`);
    if (words.includes('--json')) {
      world.print(JSON.stringify({ status: failure.kind === 'cancelled' ? 'interrupted' : 'failed', failure }));
    }
    return exitStatus(failure);
  }
}

function dispatch(words: readonly string[], world: World): Promise<number> {
  const [first = 'help', ...rest] = words;
  if (first === '--version' || first === '-v') {
    world.print(world.version);
    return Promise.resolve(EXIT.done);
  }
  const asksHelp = first === '--help' || first === '-h';
  const command = findCommand(COMMANDS, asksHelp ? 'help' : first);
  if (rest.some((word) => word === '--help' || word === '-h')) {
    const help = findCommand(COMMANDS, 'help');
    return help.run(parseArguments(help, command.name === 'help' ? [] : [command.name]), world);
  }
  return command.run(parseArguments(command, rest), world);
}

function exitStatus({ kind }: Failure): number {
  if (kind === 'invalidInput' || kind === 'notFound') return EXIT.invalidInput;
  return kind === 'cancelled' ? EXIT.interrupted : EXIT.failed;
}
