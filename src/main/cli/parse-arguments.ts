/** From the words of the command line to a command with checked arguments. */
import { parseArgs } from 'node:util';
import { invalidInput } from '../../shared/errors.ts';
import type { Command, Given } from './command.ts';
import { nearest } from './nearest.ts';

/** Throws 'invalidInput' with the nearest match for a word that is none of them. */
export function findCommand(commands: readonly Command[], word: string): Command {
  const found = commands.find(({ name }) => name === word);
  if (found !== undefined) return found;
  const names = commands.map(({ name }) => name);
  const near = nearest(word, names);
  throw invalidInput(
    `"${word}" is not a command.`,
    near === null ? `The commands are ${names.join(', ')}.` : `Did you mean "${near}"?`,
  );
}

/** Checks `words` against what the command takes. Throws 'invalidInput' naming the option or argument. */
export function parseArguments(command: Command, words: readonly string[]): Given {
  const { name, options } = command;
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(options.map((one) => [one.name, { type: one.value === null ? 'boolean' : 'string' }])),
  });
  const values = new Map<string, string | true>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options.find((one) => one.name === token.name);
    if (option === undefined) throw unknownOption(command, token.rawName);
    if (option.value === null) {
      if (token.value !== undefined) throw invalidInput(`${name}: --${option.name} takes no value.`);
      values.set(option.name, true);
      continue;
    }
    const swallowed = token.inlineValue === false && token.value.startsWith('-') && token.value.length > 1;
    if (token.value === undefined || token.value === '' || swallowed) {
      throw invalidInput(`${name}: --${option.name} needs a value: --${option.name} ${option.value}.`);
    }
    values.set(option.name, token.value);
  }
  checkCount(command, positionals);
  return {
    arguments: positionals,
    text: (option) => {
      const value = values.get(option);
      return value === true ? undefined : value;
    },
    flag: (option) => values.get(option) === true,
  };
}

/** "run <study.json> [--out DIR] …" */
export function usage({ name, arguments: taken, options }: Command): string {
  const listed = options.map((one) => (one.value === null ? `[--${one.name}]` : `[--${one.name} ${one.value}]`));
  return [name, ...(taken.name === '' ? [] : [taken.name]), ...listed].join(' ');
}

function unknownOption(command: Command, rawName: string) {
  const names = command.options.map(({ name }) => `--${name}`);
  const near = nearest(rawName, names);
  const known = names.length === 0 ? `"${command.name}" takes no options.` : `Its options are ${names.join(', ')}.`;
  return invalidInput(
    `${command.name}: ${rawName} is not an option of it.`,
    near === null ? known : `Did you mean ${near}?`,
  );
}

function checkCount(command: Command, positionals: readonly string[]): void {
  const { least, most, name } = command.arguments;
  if (positionals.length < least)
    throw invalidInput(`${command.name}: ${name} is missing.`, `Usage: ${usage(command)}`);
  if (most !== null && positionals.length > most) {
    throw invalidInput(`${command.name}: "${positionals[most]}" is one argument too many.`, `Usage: ${usage(command)}`);
  }
}
