import { EXIT } from './command.ts';
import type { Command } from './command.ts';
import { findCommand, usage } from './parse-arguments.ts';

/** @param commands all of them, this one included */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    summary: 'this list, or what one command takes',
    arguments: { name: '[command]', least: 0, most: 1 },
    options: [],
    run: (given, world) => {
      const [name] = given.arguments;
      const lines = name === undefined ? overview(commands()) : details(findCommand(commands(), name));
      lines.forEach(world.print);
      return Promise.resolve(EXIT.done);
    },
  };
}

function overview(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Group influence from the command line: what removing groups of training rows does to a model.',
    '',
    'Usage: leverage <command> …',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'leverage help <command> tells its options; leverage --version tells the version.',
    'Exit status: 0 done, 1 failed, 2 invalid input, 130 interrupted (the same command resumes).',
  ];
}

function details(command: Command): string[] {
  const options = command.options.map((one) => ({
    term: one.value === null ? `--${one.name}` : `--${one.name} ${one.value}`,
    help: one.help,
  }));
  const width = Math.max(0, ...options.map(({ term }) => term.length));
  return [
    `Usage: leverage ${usage(command)}`,
    '',
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(options.length === 0 ? [] : ['', ...options.map(({ term, help }) => `  ${term.padEnd(width)}  ${help}`)]),
  ];
}
