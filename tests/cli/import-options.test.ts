import { describe, expect, it } from 'vitest';
import { typesOf } from '../../src/main/cli/import.ts';
import { LeverageError } from '../../src/shared/errors.ts';

describe('the option --types', () => {
  it('names columns and their types, also columns with an equals sign', () => {
    expect(typesOf('postcode=category, body=text,a=b=number')).toEqual({
      postcode: 'category',
      body: 'text',
      'a=b': 'number',
    });
    expect(typesOf(undefined)).toBeUndefined();
  });

  it.each(['body', 'body=words', '=text', ''])('refuses "%s" with the types there are', (list) => {
    expect(() => typesOf(list)).toThrow(LeverageError);
    expect(() => typesOf(list)).toThrow(/--types/);
  });
});
