/** The settings in a real browser, over the fake engine and over the real one: which devices there are, why, and choosing one. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, NO_CHROMIUM, useBuiltWindow } from './built-window.ts';
import { expectFlawless } from './expect-accessible.ts';
import { NO_BROWSER } from './harness.ts';
import { waitForStatus } from './steps.ts';
import { useApp } from './use-app.ts';

describe.skipIf(NO_CHROMIUM)('the settings', () => {
  const { hook, open: openWith, page } = useBuiltWindow('settings');

  const open = (options = '', hash = '#/settings') => openWith(`store=full&${options}`, hash);
  const radio = (name: string) => hook(`device-${name}`).getByRole('radio');

  it.each([
    [1280, 800, 'light'],
    [1280, 800, 'dark'],
    [1920, 1080, 'light'],
    [1920, 1080, 'dark'],
  ] as const)('are accessible and fit a window of %i × %i (%s)', async (width, height, scheme) => {
    await page().setViewportSize({ width, height });
    await page().emulateMedia({ colorScheme: scheme });
    await open();
    await hook('device-reference').waitFor();
    await expectFlawless(page());
    const overflow = await hook('settings').evaluate((view) => view.scrollWidth - view.clientWidth);
    expect(overflow).toBe(0);
    const folder = process.env['LEVERAGE_PICTURES'];
    if (folder) await page().screenshot({ path: join(folder, `settings-${width}-${scheme}.png`) });
  });

  it('list each device with its state, precision, rate and reason, and why the automatic choice was made', async () => {
    await open();
    const row = async (name: string) => (await hook(`device-${name}`).innerText()).replace(/\s+/g, ' ');
    await hook('device-reference').waitFor();
    expect(await row('automatic')).toContain('now onnx-cpu-float32');
    expect(await row('onnx-cpu-float32')).toMatch(
      /In use float32 172 The automatic choice: the fastest device that works here .* certified in float64/,
    );
    expect(await row('onnx-webgpu')).toMatch(/Available float32 0\.41 .*never chosen by itself/);
    expect(await row('onnx-directml')).toMatch(/Not available float32 – Not on this platform: DirectML/);
    expect(await radio('onnx-directml').isDisabled()).toBe(true);
  });

  it('choose a device by hand with the keyboard alone, and the status bar follows', async () => {
    await open('', '#/library');
    await hook('status-bar').getByText('ONNX Runtime CPU').waitFor();
    await page().keyboard.press('Control+,');
    await hook('device-reference').waitFor();
    await eventually(() => radio('automatic').isEnabled()).toBe(true);
    await radio('automatic').focus();
    await page().keyboard.press('ArrowDown');
    await page().keyboard.press('ArrowDown');
    await eventually(() => radio('onnx-cpu').isChecked()).toBe(true);
    await eventually(() => hook('status-bar').textContent()).toContain('float64 · 2 threads');
    expect(await radio('onnx-cpu').evaluate((input) => input === document.activeElement)).toBe(true);
    await page().keyboard.press('ArrowUp');
    await page().keyboard.press('ArrowUp');
    await eventually(() => radio('automatic').isChecked()).toBe(true);
    await eventually(() => hook('status-bar').textContent()).toContain('float32');
  });

  it('measure the devices again', async () => {
    await open();
    await hook('devices-measured').getByText('Measured').waitFor();
    const before = await hook('devices-measured').textContent();
    await hook('devices-measure').click();
    await hook('devices-measured').getByText('Trying every device…').waitFor();
    expect(await hook('devices-measure').isDisabled()).toBe(true);
    await eventually(() => hook('devices-measured').textContent()).toMatch(/Measured/);
    expect(await hook('devices-measured').textContent()).not.toBe(before);
  });

  it('are reached from the palette', async () => {
    await open('', '#/library');
    await page().keyboard.press('Control+k');
    await page().keyboard.type('settings');
    await page().keyboard.press('Enter');
    await hook('device-reference').waitFor();
    expect(await hook('nav-settings').getAttribute('aria-current')).toBe('page');
  });

  it('say that the devices are being tried until they are', async () => {
    await openWith('store=slow', '#/settings');
    await hook('devices-loading').waitFor();
    await expectFlawless(page());
    await hook('device-reference').waitFor();
  });

  it('say what failed and offer to try again', async () => {
    await open('devices=broken');
    await hook('devices-failure').getByText('The engine could not try the devices.').waitFor();
    await expectFlawless(page());
    await hook('devices-failure').getByRole('button', { name: 'Try again' }).click();
    await hook('devices-failure').waitFor();
  });
});

describe.skipIf(NO_BROWSER !== null)('the settings of the whole app', () => {
  const { hook, page, troubles } = useApp();

  it('measure what this machine has, each device in its turn or in a process of its own', async () => {
    await hook('nav-settings').click();
    await hook('device-reference').waitFor();
    for (const name of ['onnx-cpu-float32', 'onnx-cpu', 'tensorflow-wasm', 'reference'])
      expect(await hook(`device-${name}`).innerText()).toMatch(/In use|Available/);
    expect(await hook('settings').innerText()).not.toContain('ended without an answer');
    expect(await hook('settings').innerText()).toContain('The automatic choice');
  });

  it('send the next study to the device chosen by hand, and keep the choice over a reload', async () => {
    await hook('device-reference').getByRole('radio').check();
    await expect.poll(() => hook('status-bar').textContent()).toContain('Reference');
    await page().reload();
    await hook('device-reference').waitFor();
    await expect.poll(() => hook('device-reference').getByRole('radio').isChecked()).toBe(true);
    await hook('device-onnx-cpu').getByRole('radio').check();
    await expect.poll(() => hook('status-bar').textContent()).toContain('float64');
    await hook('nav-library').click();
    await hook('sample-run-breast-cancer').click();
    await waitForStatus(page(), 'Done');
    await hook('nav-history').click();
    await hook('history-row').first().click();
    expect(await hook('provenance').innerText()).toMatch(/ONNX Runtime CPU · float64/);
    expect(troubles()).toEqual([]);
  });
});
