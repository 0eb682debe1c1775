import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { describe, expect, it, type TestContext } from 'vitest';
import { CHANNEL } from '../../src/main/shell/channels.ts';
import type { Answer, Bridge } from '../../src/shared/contract.ts';

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'out', 'preload');
const file = join(folder, 'preload.cjs');

interface Exposed {
  required: string[];
  exposed: Record<string, Bridge>;
  invoked: unknown[][];
  listeners: Map<string, ((event: unknown, value: unknown) => void)[]>;
}

/** Runs the built preload with a pretended Electron, as the sandbox would: `require` knows nothing else. */
function runPreload(answer: Answer): Exposed {
  const required: string[] = [];
  const exposed: Record<string, Bridge> = {};
  const invoked: unknown[][] = [];
  const listeners: Exposed['listeners'] = new Map();
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, value: Bridge) => (exposed[name] = value) },
    ipcRenderer: {
      invoke: (...message: unknown[]) => Promise.resolve(invoked.push(message)).then(() => answer),
      on: (channel: string, listener: never) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
      off: (channel: string, listener: never) =>
        listeners.set(
          channel,
          (listeners.get(channel) ?? []).filter((other) => other !== listener),
        ),
    },
    webUtils: { getPathForFile: (chosen: File) => `/data/${chosen.name}` },
  };
  const requireOnlyElectron = (name: string): unknown => {
    required.push(name);
    if (name !== 'electron') throw new Error(`The sandbox does not let a preload require ${name}.`);
    return electron;
  };
  const module = { exports: {} };
  compileFunction(readFileSync(file, 'utf8'), ['require', 'module', 'exports'])(
    requireOnlyElectron,
    module,
    module.exports,
  );
  return { required, exposed, invoked, listeners };
}

function needBuild(context: TestContext): void {
  if (!existsSync(file)) context.skip('the app is not built (npm run build)');
}

describe('the built preload', () => {
  it('is one file that requires electron and nothing else', (context) => {
    needBuild(context);
    expect(readdirSync(folder)).toEqual(['preload.cjs']);
    expect(runPreload({ ok: true, value: null }).required).toEqual(['electron']);
    const code = readFileSync(file, 'utf8');
    expect([...code.matchAll(/\brequire\(([^)]*)\)/g)].map((match) => match[1])).toEqual(['"electron"']);
    expect(code).not.toMatch(/\bimport\s*\(/);
  });

  it('exposes exactly the bridge', (context) => {
    needBuild(context);
    const { exposed } = runPreload({ ok: true, value: null });
    expect(Object.keys(exposed)).toEqual(['leverage']);
    expect(Object.keys(exposed['leverage'] ?? {}).sort()).toEqual([
      'admitFiles',
      'host',
      'request',
      'saveFile',
      'subscribe',
    ]);
  });

  it('passes requests, dropped files’ paths and bytes to save on their channels', async (context) => {
    needBuild(context);
    const { exposed, invoked } = runPreload({ ok: true, value: [] });
    const bridge = exposed['leverage'];
    expect(await bridge?.request('datasets.list', {})).toEqual({ ok: true, value: [] });
    await bridge?.admitFiles([new File(['a'], 'a.csv')]);
    await bridge?.saveFile('a.zip', new Uint8Array([1]));
    expect(invoked).toEqual([
      [CHANNEL.request, 'datasets.list', {}],
      [CHANNEL.admit, ['/data/a.csv']],
      [CHANNEL.save, 'a.zip', new Uint8Array([1])],
    ]);
  });

  it('forwards events without Electron’s own event object, until unsubscribed', (context) => {
    needBuild(context);
    const { exposed, listeners } = runPreload({ ok: true, value: null });
    const events: unknown[] = [];
    const unsubscribe = exposed['leverage']?.subscribe((...received: unknown[]) => events.push(received));
    listeners.get(CHANNEL.event)?.forEach((listener) => listener({ sender: 'electron' }, { type: 'datasets.changed' }));
    expect(events).toEqual([[{ type: 'datasets.changed' }]]);
    unsubscribe?.();
    expect(listeners.get(CHANNEL.event)).toEqual([]);
  });

  it('turns a failure into an error with its sentence and remedy', async (context) => {
    needBuild(context);
    const { exposed } = runPreload({
      ok: false,
      failure: { kind: 'notFound', message: 'It is gone.', hint: 'Choose another.' },
    });
    await expect(exposed['leverage']?.admitFiles([new File([], 'a')])).rejects.toThrow('It is gone. Choose another.');
  });
});
