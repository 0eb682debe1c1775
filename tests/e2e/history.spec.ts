import { beforeAll, describe, expect, it } from 'vitest';
import { evaluationsFor, generateStore } from '../bench/generated-store.ts';
import { expectAccessible } from './expect-accessible.ts';
import { NO_BROWSER } from './harness.ts';
import { contentOf } from './steps.ts';
import { useApp } from './use-app.ts';

/** A year of work: forty studies, of which every fourth is of one λ sweep with the same groups. */
const STUDIES = 40;

describe.skipIf(NO_BROWSER !== null)(`the history${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { page, troubles } = useApp({
    prepare: (home) =>
      generateStore(
        home,
        Array.from({ length: STUDIES }, (_, k) => ({
          id: `study-${k}`,
          name: k % 4 === 0 ? `Sweep ${k / 4}` : `Study ${String(k).padStart(2, '0')}`,
          groupCount: 210,
          evaluations: evaluationsFor(6),
          relativeL2: k % 4 === 0 ? 10 ** (-5 + k / 8) : 1e-3,
          seed: k % 4 === 0 ? 1 : k,
          createdAt: new Date(Date.UTC(2026, 0, 1) + k * 86_400_000).toISOString(),
          groups: 'constructed' as const,
        })),
      ),
  });

  beforeAll(async () => {
    await page().getByTestId('nav-history').click();
    await page().getByTestId('history-row').first().waitFor();
  });

  const names = (): Promise<string[]> => page().getByTestId('history-open').allTextContents();
  const search = (words: string): Promise<void> => page().getByTestId('history-search').fill(words);

  it('lists every study with its correlation, newest first', async () => {
    expect((await names())[0]).toBe(`Study ${STUDIES - 1}`);
    await page().getByText(`${STUDIES} of ${STUDIES} studies`).waitFor();
    expect(await page().getByTestId('history-row').first().textContent()).toMatch(/\.9\d\d to/);
  });

  it('shows where a study’s numbers come from', async () => {
    await page().getByTestId('history-open').first().click();
    const provenance = page().getByTestId('provenance');
    await provenance.getByText('ONNX Runtime CPU').waitFor();
    const text = (await provenance.textContent()) ?? '';
    for (const fact of ['Data sha-256', 'Seed', 'Device', 'Tolerance', 'Leverage']) expect(text).toContain(fact);
    await expectAccessible(page());
  });

  it('walks from study to study with the arrow keys', async () => {
    await page().getByTestId('history-open').first().focus();
    await page().keyboard.press('ArrowDown');
    await page().keyboard.press('ArrowDown');
    await page()
      .getByTestId('provenance')
      .getByRole('heading', { name: `Study ${STUDIES - 3}` })
      .waitFor();
    expect(await page().evaluate(() => document.activeElement?.textContent)).toBe(`Study ${STUDIES - 3}`);
  });

  it('keeps tags and a note, and finds by them, also after a reload', async () => {
    await search('Sweep 9');
    await page().getByTestId('history-open').first().click();
    const input = page().getByTestId('tag-input');
    for (const tag of ['paper', 'λ sweep']) {
      await input.fill(tag);
      await input.press('Enter');
      await page().getByTestId('study-tag').filter({ hasText: tag }).waitFor();
    }
    await page().getByTestId('study-note').fill('strongest regularisation; figure 2');
    await page().getByTestId('study-note').blur();
    await page().reload();
    await page().getByTestId('history-row').first().waitFor();
    await search('figure strongest');
    await expect.poll(names).toEqual(['Sweep 9']);
    await search('');
    await page().getByTestId('tag-filter').filter({ hasText: 'paper' }).click();
    await expect.poll(names).toEqual(['Sweep 9']);
    await expectAccessible(page());
    await page().getByTestId('tag-filter').filter({ hasText: 'paper' }).click();
    await page().getByRole('button', { name: 'Remove the tag paper' }).click();
    await expect.poll(() => page().getByTestId('tag-filter').allTextContents()).toEqual(['λ sweep 1']);
  });

  it('pins a study to the top by keyboard', async () => {
    await search('Study 05');
    const pin = page().getByRole('button', { name: 'Pin Study 05' });
    await pin.focus();
    await page().keyboard.press('Enter');
    await expect.poll(() => pin.getAttribute('aria-pressed')).toBe('true');
    await search('');
    await expect.poll(async () => (await names())[0]).toBe('Study 05');
    await page().getByRole('button', { name: 'Pin Study 05' }).click();
    await expect.poll(async () => (await names())[0]).toBe(`Study ${STUDIES - 1}`);
  });

  it('deletes a study and brings it back', async () => {
    await search('Study 07');
    await page().getByTestId('history-open').first().click();
    await page().getByTestId('history-delete').click();
    await expect.poll(names).toEqual([]);
    await page().getByTestId('notice').getByRole('button', { name: 'Undo' }).click();
    await expect.poll(names).toEqual(['Study 07']);
  });

  it('offers a study to be duplicated and edited', async () => {
    await page().getByTestId('history-open').first().click();
    await page().getByRole('button', { name: 'Duplicate and edit' }).click();
    await page().getByTestId('study-form').waitFor();
    expect(await page().getByTestId('study-name').inputValue()).toContain('Study 07');
    await page().getByTestId('nav-history').click();
  });

  it('sets one study against another: what differs, and the same groups’ effects', async () => {
    await search('Sweep');
    for (const name of ['Sweep 2', 'Sweep 6'])
      await page()
        .getByRole('checkbox', { name: `Choose ${name}` })
        .check();
    await page().getByTestId('compare-two').click();
    await page().getByTestId('differences').waitFor();
    const differing = await page().getByTestId('difference').allTextContents();
    expect(differing.some((row) => row.includes('λ/n') && row.includes('1e−4') && row.includes('1e−2'))).toBe(true);
    expect(differing.some((row) => /Seed|Tolerance|sha-256/.test(row))).toBe(false);
    await page().getByText('210 groups hold the same training rows in both').waitFor();
    await expect.poll(() => page().getByTestId('two-words-actual').textContent()).toMatch(/ρ\s[=>]\s.*210\sgroups/);
    await expectAccessible(page());
    const chart = page().getByTestId('two-actual').getByRole('application');
    await chart.focus();
    await page().keyboard.press('End');
    await expect.poll(() => page().getByTestId('scatter-tooltip').textContent()).toMatch(/A.*B/);
    await page().keyboard.press('Enter');
    await page().getByTestId('group-panel').waitFor();
    await page().goBack();
    await page().getByTestId('two-studies').waitFor();
  });

  it('says how many groups of two studies with other seeds are only in one of them', async () => {
    await page().getByRole('button', { name: 'Back to the history' }).click();
    await search('Study');
    await page().getByRole('checkbox', { name: 'Choose Study 01', exact: true }).check();
    expect(await page().getByTestId('compare-two').isDisabled()).toBe(true);
    await page().getByRole('checkbox', { name: 'Choose Study 02', exact: true }).check();
    await page().getByTestId('compare-two').click();
    await page()
      .getByTestId('two-studies')
      .getByText(/\d+ only in A, \d+ only in B|No group of one study/)
      .waitFor();
    await page().getByTestId('difference').filter({ hasText: 'Seed' }).waitFor();
    await page().getByRole('button', { name: 'Back to the history' }).click();
  });

  it('draws ρ against λ over the studies of one dataset, with every value in a table', async () => {
    await search('Sweep');
    for (let k = 0; k < 10; k++)
      await page()
        .getByRole('checkbox', { name: `Choose Sweep ${k}` })
        .check();
    await page().getByTestId('compare-lambda').click();
    await page().getByTestId('lambda-loss').locator('canvas').waitFor();
    const rows = await page().getByTestId('lambda-table').locator('tbody tr').allTextContents();
    expect(rows).toHaveLength(10);
    expect(rows[0]).toContain('Sweep 0');
    expect(rows[9]).toContain('Sweep 9');
    expect(rows.every((row) => /\.\d{3}/.test(row))).toBe(true);
    await expectAccessible(page());
  });

  it('saves that chart as drawing and as numbers', async () => {
    for (const [item, ending, content] of [
      ['Drawing (SVG)', '.svg', /^<svg .*<polyline/s],
      ['Plotted numbers (CSV)', '.csv', /^dataset,quantity,target,estimator,lambdaOverN,spearman/],
    ] as const) {
      await page().getByTestId('export-lambda-loss').click();
      const [download] = await Promise.all([
        page().waitForEvent('download'),
        page().getByRole('menuitem', { name: item }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(new RegExp(`λ.*\\${ending}$`));
      expect((await contentOf(download)).toString()).toMatch(content);
    }
  });

  it('never asked for anything of another machine, nor broke its own rules', () => {
    expect(troubles()).toEqual([]);
  });
});
