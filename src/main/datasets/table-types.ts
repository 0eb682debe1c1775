/** Types and text options that a person gave for the columns of a table. */
import { TEXT_DEFAULTS } from '../../shared/column-types.ts';
import type { ColumnType, TextOptions } from '../../shared/column-types.ts';
import type { ColumnRole } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';

interface Given {
  types?: Record<string, ColumnType>;
  text?: Record<string, Partial<TextOptions>>;
}

/**
 * The type of every column that was named; options of a text column say that it is text.
 * @param prefix of the fields in messages: "dataset." in a study file
 * @throws LeverageError 'invalidInput' where the two contradict each other
 */
export function chosenTypes({ types, text }: Given, prefix: string): Map<string, ColumnType> {
  const chosen = new Map<string, ColumnType>(Object.entries(types ?? {}));
  for (const name of Object.keys(text ?? {})) {
    const type = chosen.get(name) ?? 'text';
    if (type !== 'text') {
      throw invalidInput(
        `field "${prefix}text.${name}": the column "${name}" is a ${type} by "${prefix}types.${name}".`,
        'Leave one of the two out.',
      );
    }
    chosen.set(name, 'text');
  }
  return chosen;
}

/**
 * Options of the text columns among the features, defaults filled in.
 * @throws LeverageError 'invalidInput' for options of a column that is no feature
 */
export function textFeatures(
  types: ReadonlyMap<string, ColumnType>,
  roleOf: (name: string) => ColumnRole,
  text: Given['text'],
  prefix: string,
): Map<string, TextOptions> {
  const idle = Object.keys(text ?? {}).find((name) => roleOf(name) !== 'feature');
  if (idle !== undefined) {
    throw invalidInput(
      `field "${prefix}text.${idle}": the column "${idle}" is no feature (its role is ${roleOf(idle)}).`,
      'Only the words of features are counted: leave the field out.',
    );
  }
  const features = new Map<string, TextOptions>();
  for (const [name, type] of types) {
    if (type === 'text' && roleOf(name) === 'feature') features.set(name, { ...TEXT_DEFAULTS, ...text?.[name] });
  }
  return features;
}
