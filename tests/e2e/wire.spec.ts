import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bridge } from '../../src/shared/contract.ts';
import { startServer, type RunningServer } from '../../src/main/serve/server.ts';
import { fakeEngine } from '../serve/fake-engine.ts';
import { launchBrowser, NO_BROWSER, openPage, ROOT } from './harness.ts';

/** The page of this test: nothing but the loopback client. */
declare global {
  interface Window {
    bridge: Bridge;
    seen: unknown[];
    evaluated: string;
  }
}

const effects = Float64Array.from({ length: 2_500_000 }, (_, i) => (i % 7 === 0 ? Number.NaN : Math.sin(i) / 3));

describe.skipIf(NO_BROWSER !== null)(
  `the loopback client in a browser${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`,
  () => {
    const fake = fakeEngine({
      'studies.effects': () => ({ groupCount: 1, evaluations: [], estimators: [], values: effects }),
      'studies.group': () => ({ members: new Int32Array([3, 1, 2]), rows: [{ image: new Uint8Array([0, 128, 255]) }] }),
      'datasets.list': () => new Promise(() => undefined),
      'devices.list': () => [],
    });
    let folder: string;
    let server: RunningServer;
    let browser: Browser;
    let page: Page;
    let troubles: string[];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'leverage-e2e-'));
      await mkdir(join(folder, 'page'));
      await writeFile(
        join(folder, 'page', 'index.html'),
        '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.ts"></script>',
      );
      const client = JSON.stringify(join(ROOT, 'src', 'renderer', 'bridge', 'loopback-client.ts'));
      await writeFile(
        join(folder, 'page', 'main.ts'),
        `import { connectLoopback } from ${client};
       window.bridge = connectLoopback();
       window.seen = [];
       // At load, because the browser exempts what the test itself evaluates from the policy.
       try { window.evaluated = new Function('return "eval was allowed"')(); } catch (error) { window.evaluated = error.name; }
       window.bridge.subscribe((event) => window.seen.push(event));`,
      );
      await build({
        root: join(folder, 'page'),
        configFile: false,
        logLevel: 'error',
        build: { outDir: join(folder, 'out') },
      });
      server = await startServer({ engine: fake.engine, rendererFolder: join(folder, 'out') });
      browser = await launchBrowser();
      ({ page, troubles } = await openPage(browser, server.url));
    });

    afterAll(async () => {
      await browser?.close();
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it('leaves no secret in the address bar', () => {
      expect(page.url()).toBe(`http://127.0.0.1:${server.port}/`);
    });

    it('receives 20 MB of effects as a Float64Array, bit for bit, under the content policy', async () => {
      const got = await page.evaluate(async () => {
        const answer = await window.bridge.request('studies.effects', { id: 's' });
        const { values } = (answer.ok ? answer.value : {}) as { values: Float64Array };
        const digest = await crypto.subtle.digest(
          'SHA-256',
          new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice(),
        );
        return { type: values.constructor.name, length: values.length, digest: [...new Uint8Array(digest)] };
      });
      const digest = await crypto.subtle.digest('SHA-256', effects);
      expect(got).toEqual({ type: 'Float64Array', length: effects.length, digest: [...new Uint8Array(digest)] });
    });

    it('receives integers and pixels as the arrays they were', async () => {
      const got = await page.evaluate(async () => {
        const answer = await window.bridge.request('studies.group', { id: 's', index: 0 });
        const value = (answer.ok ? answer.value : {}) as { members: Int32Array; rows: { image: Uint8Array }[] };
        const image = value.rows[0]?.image;
        return [
          value.members instanceof Int32Array,
          [...value.members],
          image instanceof Uint8Array,
          [...(image ?? [])],
        ];
      });
      expect(got).toEqual([true, [3, 1, 2], true, [0, 128, 255]]);
    });

    it('hands files over and reports progress', async () => {
      const got = await page.evaluate(async () => {
        const shares: number[] = [];
        const files = [new File(['a,b\n1,2\n'], 'first.csv'), new File([new Uint8Array(3_000_000)], 'ä second.npz')];
        const handles = await window.bridge.admitFiles(files, (share) => shares.push(share));
        return {
          handles,
          last: shares.at(-1),
          rising: shares.every((share, i) => i === 0 || share >= (shares[i - 1] ?? 0)),
        };
      });
      expect(got).toEqual({
        handles: [
          { handle: 'handle-1', name: 'first.csv', bytes: 8 },
          { handle: 'handle-2', name: 'ä second.npz', bytes: 3_000_000 },
        ],
        last: 1,
        rising: true,
      });
      expect(fake.admitted[0]?.content.toString()).toBe('a,b\n1,2\n');
    });

    it('hands bytes over as a download', async () => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.evaluate(() => window.bridge.saveFile('effects.csv', new TextEncoder().encode('group\n'))),
      ]);
      expect(download.suggestedFilename()).toBe('effects.csv');
    });

    it('runs under a policy that allows no eval and no foreign address', async () => {
      // The one complaint is of this page's own attempt at eval: none of msgpack's.
      expect(troubles).toEqual([expect.stringContaining('script-src')]);
      expect(await page.evaluate(() => window.evaluated)).toBe('EvalError');
      const refused = await page.evaluate(async () => {
        const directives: string[] = [];
        document.addEventListener('securitypolicyviolation', (event) => directives.push(event.effectiveDirective));
        await fetch('https://example.org').catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 50));
        return directives;
      });
      expect(refused).toEqual(['connect-src']);
      troubles.length = 0;
    });

    it('fails pending calls with a sentence when the connection breaks, reconnects, and says so', async () => {
      const pending = page.evaluate(() => window.bridge.request('datasets.list', {}));
      await expect.poll(() => fake.calls.some((call) => call.method === 'datasets.list')).toBe(true);
      const { port } = server;
      const token = new URL(server.url).searchParams.get('token') ?? '';
      await server.close();
      expect(await pending).toMatchObject({
        ok: false,
        failure: { kind: 'unavailable', message: expect.stringContaining('was lost') },
      });
      server = await startServer({ engine: fake.engine, rendererFolder: join(folder, 'out'), port, token });
      expect(await page.evaluate(() => window.bridge.request('devices.list', {}))).toEqual({ ok: true, value: [] });
      expect(await page.evaluate(() => window.seen)).toContainEqual({
        type: 'engine.restarted',
        reason: 'The connection to Leverage is back.',
      });
    });

    it('is refused in a browser without the cookie, with a sentence', async () => {
      const { page: stranger } = await openPage(browser, `http://127.0.0.1:${server.port}/`);
      expect(await stranger.textContent('body')).toContain('Open the address that Leverage printed');
      const opened = await stranger.evaluate(
        () =>
          new Promise((resolve) => {
            const socket = new WebSocket(`ws://${location.host}/socket`);
            socket.onopen = () => resolve('opened');
            socket.onerror = () => resolve('refused');
          }),
      );
      expect(opened).toBe('refused');
      await stranger.context().close();
    });
  },
);
