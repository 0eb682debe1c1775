import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contract, type Method } from '../../src/shared/contract.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';
import { engineOn, finishedStudy, newEngine } from './new-engine.ts';

describe('calls', () => {
  it('answer with what and where the program is', async () => {
    const file = temporaryStoreFile();
    expect(await engineOn(file).call('app.info', {})).toMatchObject({
      storeFile: file,
      host: 'serve',
      appVersion: '1.2.3',
    });
  });

  it.each([
    ['datasets.get', {}, 'field "id"'],
    ['datasets.get', { id: 7 }, 'field "id"'],
    ['datasets.get', { id: 'a', extra: 1 }, 'field "extra": is not a known field'],
    ['datasets.rows', { id: 'a', split: 'both', offset: 0, limit: 1 }, 'field "split"'],
    ['datasets.rows', { id: 'a', split: 'test', offset: 0, limit: 1001 }, 'field "limit"'],
    ['studies.run', { spec: { dataset: { sample: 'first' }, tolerance: 2 } }, 'field "spec.tolerance"'],
    [
      'studies.run',
      { spec: { dataset: { sample: 'first' }, model: { l2: { relative: -1 } } } },
      'field "spec.model.l2.relative"',
    ],
    ['studies.group', { id: 'a', index: -1 }, 'field "index"'],
    ['app.info', null, 'the input'],
  ])('of %s with %j name the field', async (method, input, words) => {
    const failure = await rejectionOf(newEngine().call(method as Method, input as never));
    expect(failure.kind).toBe('invalidInput');
    expect(failure.message).toContain(`${method}: ${words}`);
  });

  it.each(['__proto__', 'constructor', 'toString', 'studies', ''])(
    'of "%s", which is no procedure, are refused',
    async (method) => {
      const failure = await rejectionOf(newEngine().call(method as Method, {} as never));
      expect(failure).toMatchObject({ kind: 'invalidInput', message: `There is no procedure "${method}".` });
    },
  );

  it('with anything at all are answered or refused by a LeverageError, and the engine lives', async () => {
    const engine = newEngine();
    const methods = Object.keys(contract) as Method[];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.anything({ withTypedArray: true, withNullPrototype: true }),
        async (method, input) => {
          await engine
            .call(method, input as never)
            .catch((thrown: unknown) => expect(thrown).toBeInstanceOf(LeverageError));
        },
      ),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), fc.string(), fc.nat(), async (method, id, index) => {
        const input = {
          id,
          index,
          row: index,
          name: id,
          offset: 0,
          limit: 1,
          split: 'train',
          importId: id,
          files: [id],
        };
        const fields = (contract[method].input as unknown as { shape?: object }).shape ?? {};
        const fitting = Object.fromEntries(Object.entries(input).filter(([key]) => key in fields));
        await engine
          .call(method, fitting as never)
          .catch((thrown: unknown) => expect(thrown).toBeInstanceOf(LeverageError));
      }),
      { numRuns: 200 },
    );
    expect(await engine.call('studies.list', {})).toEqual([]);
  });

  it('of a closed engine are refused', async () => {
    const engine = newEngine();
    await engine.close();
    await engine.close();
    expect((await rejectionOf(engine.call('app.info', {}))).kind).toBe('unavailable');
  });

  it('go on when a listener fails', async () => {
    const engine = newEngine();
    engine.subscribe(() => {
      throw new Error('a bad listener (expected in this test)');
    });
    const original = console.error;
    console.error = () => undefined;
    onTestFinished(() => void (console.error = original));
    expect(await finishedStudy(engine)).toBeTruthy();
  });
});
