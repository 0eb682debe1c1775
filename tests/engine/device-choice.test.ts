/** Which device new studies are given: the command line's, the one chosen by hand, or the fastest. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, EngineEvent } from '../../src/shared/contract.ts';
import { composeEngine, type EngineOptions } from '../../src/main/engine/compose-engine.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';
import { fakeRun } from '../studies/fake-run.ts';
import { fakeServices } from './fake-services.ts';

interface Bench {
  engine: Engine;
  /** The devices that studies were started on. */
  used: (string | null)[];
  events: EngineEvent['type'][];
  tried: () => number;
  remembered: () => number;
}

function bench(options: Partial<EngineOptions> = {}): Bench {
  const used: (string | null)[] = [];
  const events: EngineEvent['type'][] = [];
  let tried = 0;
  let remembered = 0;
  const services = fakeServices();
  const engine = composeEngine(
    {
      storeFile: temporaryStoreFile(),
      samplesFolder: '',
      host: 'serve',
      appVersion: '1.2.3',
      inline: (request, sink) => {
        used.push(request.device);
        return fakeRun({})(request, sink);
      },
      ...options,
    },
    {
      ...services,
      tryDevices: () => {
        tried++;
        return services.tryDevices();
      },
      rememberDevices: async () => void remembered++,
    },
  );
  engine.subscribe((event) => events.push(event.type));
  onTestFinished(() => engine.close());
  return { engine, used, events, tried: () => tried, remembered: () => remembered };
}

async function runStudy(engine: Engine): Promise<void> {
  const { id } = await engine.call('studies.run', { spec: { dataset: { sample: 'first' } } });
  await expect.poll(async () => (await engine.call('studies.get', { id })).status).toBe('done');
}

const chosen = async (engine: Engine): Promise<string[]> =>
  (await engine.call('devices.list', {})).filter((report) => report.chosen).map((report) => report.name);

describe('the device of new studies', () => {
  it('is chosen automatically as long as nobody chooses', async () => {
    const { engine, used } = bench();
    expect(await chosen(engine)).toEqual(['quick']);
    expect(await engine.call('settings.get', {})).toEqual({ device: null, overriddenBy: null });
    await runStudy(engine);
    expect(used).toEqual([null]);
  });

  it('is the one chosen by hand from then on, also after a restart', async () => {
    const storeFile = temporaryStoreFile();
    const first = bench({ storeFile });
    expect(await first.engine.call('settings.set', { device: 'reference' })).toMatchObject({ device: 'reference' });
    expect(first.events).toContain('devices.changed');
    await runStudy(first.engine);
    await first.engine.close();
    const second = bench({ storeFile });
    await runStudy(second.engine);
    expect([...first.used, ...second.used]).toEqual(['reference', 'reference']);
    const reports = await second.engine.call('devices.list', {});
    expect(reports[0]).toMatchObject({ chosen: true, automatic: false });
    expect(reports[0]?.reason).toMatch(/^chosen by hand; available/);
    expect(reports[1]).toMatchObject({ chosen: false, automatic: true });
    await second.engine.call('settings.set', { device: null });
    await runStudy(second.engine);
    expect(second.used.at(-1)).toBeNull();
  });

  it('is the command line’s whatever was chosen by hand', async () => {
    const { engine, used } = bench({ device: 'quick' });
    await engine.call('settings.set', { device: 'reference' });
    expect(await engine.call('settings.get', {})).toEqual({ device: 'reference', overriddenBy: 'quick' });
    expect(await chosen(engine)).toEqual(['quick']);
    await runStudy(engine);
    expect(used).toEqual(['quick']);
  });

  it('can not be one that does not work here or does not exist', async () => {
    const { engine } = bench();
    expect((await rejectionOf(engine.call('settings.set', { device: 'absent' }))).message).toBe(
      'Device absent can not be chosen: it is not installed.',
    );
    expect(await rejectionOf(engine.call('settings.set', { device: 'abacus' }))).toMatchObject({
      kind: 'invalidInput',
      hint: 'Choose one of: reference, quick, absent.',
    });
    expect(await engine.call('settings.get', {})).toEqual({ device: null, overriddenBy: null });
  });
});

describe('the list of devices', () => {
  it('is measured once and kept in the store, until it is asked for again', async () => {
    const storeFile = temporaryStoreFile();
    const first = bench({ storeFile });
    await Promise.all([chosen(first.engine), chosen(first.engine)]);
    expect(first.tried()).toBe(1);
    await first.engine.call('devices.list', { again: true });
    expect(first.tried()).toBe(2);
    expect(first.events).toContain('devices.changed');
    await first.engine.close();
    const second = bench({ storeFile });
    expect(await chosen(second.engine)).toEqual(['quick']);
    expect([second.tried(), second.remembered()]).toEqual([0, 1]);
  });

  it('is measured anew by another version of the app', async () => {
    const storeFile = temporaryStoreFile();
    const first = bench({ storeFile });
    await chosen(first.engine);
    await first.engine.close();
    const second = bench({ storeFile, appVersion: '1.2.4' });
    await chosen(second.engine);
    expect(second.tried()).toBe(1);
  });

  it('is answered beside another engine, without writing', async () => {
    const storeFile = temporaryStoreFile();
    await bench({ storeFile }).engine.close();
    const { engine } = bench({ storeFile, readOnly: true });
    expect(await chosen(engine)).toEqual(['quick']);
    expect((await rejectionOf(engine.call('settings.set', { device: 'quick' }))).kind).toBe('unavailable');
  });
});
