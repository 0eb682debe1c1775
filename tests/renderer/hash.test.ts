import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPlace, HOME, parsePlace, VIEWS, withOptions } from '../../src/renderer/state/hash.ts';

describe('the place in the URL', () => {
  it('survives a round trip, whatever ids and options hold', () => {
    const option = fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...VIEWS), fc.option(fc.string({ minLength: 1 })), option, (view, id, options) => {
        expect(parsePlace(formatPlace({ view, id, options: { ...options } }))).toEqual({
          view,
          id,
          options: { ...options },
        });
      }),
    );
  });

  it.each(['', '#', '#/nowhere', '#/nowhere/x?q=1'])('leads %j to the library', (hash) => {
    expect(parsePlace(hash)).toEqual(HOME);
  });

  it('keeps an id that is not well-formed as it is', () => {
    expect(parsePlace('#/compare/%E0%A4%A').id).toBe('%E0%A4%A');
  });

  it('removes an option that is unset and leaves the others', () => {
    const place = { view: 'compare' as const, id: 's', options: { q: 'loss', g: '4' } };
    expect(withOptions(place, { g: undefined, axes: 'free' }).options).toEqual({ q: 'loss', axes: 'free' });
    expect(place.options).toEqual({ q: 'loss', g: '4' });
  });
});
