import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from './expect-accessible.ts';
import { NO_BROWSER, ROOT } from './harness.ts';
import { dropFiles, waitForStatus, type DroppedFile } from './steps.ts';
import { csvFile } from './test-files.ts';
import { useApp } from './use-app.ts';

/** Pictures of the dialog are kept here when the variable names a folder. */
const PICTURES = process.env['LEVERAGE_IMPORT_PICTURES'];

const golden = async (name: string): Promise<DroppedFile> => ({
  name,
  content: new Uint8Array(await readFile(join(ROOT, 'tests', 'datasets', 'golden', name))),
});

/** Mails whose words tell what they are: three of five words come from the class's own list. */
function mails(count = 300): { text: string; sender: string; kind: string }[] {
  const own = {
    spam: ['winner', 'prize', 'cash', 'urgent', 'offer', 'claim'],
    ham: ['meeting', 'report', 'lunch', 'draft', 'project', 'minutes'],
  };
  const common = ['the', 'your', 'please', 'today', 'about', 'with', 'and'];
  let state = 7;
  const pick = (words: readonly string[]): string => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return words[Math.floor((state / 2 ** 32) * words.length)] ?? '';
  };
  return Array.from({ length: count }, (_, i) => {
    const kind = i % 2 === 0 ? 'spam' : 'ham';
    const words = Array.from({ length: 12 }, (_word, at) => pick(at % 5 < 3 ? own[kind] : common));
    return { text: `${words.join(' ')} ${i}.`, sender: `sender ${i % 7}`, kind };
  });
}

describe.skipIf(NO_BROWSER !== null)(`the import dialog${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { hook, page, troubles } = useApp({ patienceMs: 30_000 });

  beforeAll(() => hook('dataset-row').nth(1).waitFor());

  afterEach(() => expect(troubles()).toEqual([]));

  async function drop(...files: DroppedFile[]): Promise<void> {
    await hook('nav-library').click();
    await dropFiles(page(), files);
  }

  /** Confirms, and waits for the dataset. */
  async function confirm(name: string): Promise<string> {
    await hook('import-confirm').click();
    await expect.poll(() => hook('dataset-detail').textContent()).toContain(name);
    return (await hook('dataset-detail').textContent()) ?? '';
  }

  async function picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    await mkdir(PICTURES, { recursive: true });
    for (const scheme of ['light', 'dark'] as const) {
      for (const [width, height] of [
        [1280, 800],
        [1920, 1080],
      ] as const) {
        await page().emulateMedia({ colorScheme: scheme });
        await page().setViewportSize({ width, height });
        await page().screenshot({ path: join(PICTURES, `${name}-${scheme}-${width}.png`) });
      }
    }
    await page().emulateMedia({ colorScheme: 'light' });
  }

  it.each([
    ['typed-snappy.parquet', 'int'],
    ['typed-lz4.feather', 'day'],
  ])('imports %s with types and roles as they were changed', async (name, column) => {
    await drop(await golden(name));
    await hook('import-preview').waitFor();
    expect(await hook('import-preview').textContent()).toMatch(/Parquet|Arrow file/);
    await page().getByLabel(`Type of ${column}`).selectOption('category');
    await page().getByLabel('Role of dictionary').selectOption('group');
    await page().getByLabel('Role of identifier').selectOption('id');
    expect(await page().getByRole('row', { name: /^long/ }).textContent()).toContain('20');
    await picture(name.replace(/\..*/, ''));
    const detail = await confirm(name.replace(/\..*/, ''));
    expect(detail).toContain('dictionary');
    expect(detail).toMatch(/24/);
  });

  it('counts the words of a mail set that is dropped as JSON lines, and the model learns from them', async () => {
    const content = mails()
      .map((mail) => JSON.stringify(mail))
      .join('\n');
    await drop({ name: 'mails.jsonl', content });
    await hook('import-preview').waitFor();
    expect(await page().getByLabel('Type of text').inputValue()).toBe('text');
    expect(await page().getByLabel('Role of text').inputValue()).toBe('feature');
    // 6 + 6 own words and 7 common ones; the numbers at the end are of one mail each.
    await expect.poll(() => hook('term-count').textContent()).toMatch(/19 terms.*of 319/s);
    await picture('mails');
    await page().getByLabel('Most terms of text').fill('5');
    await expect.poll(() => hook('term-count').textContent()).toMatch(/5 terms/);
    await page().getByLabel('Most terms of text').fill('2000');
    await page().getByLabel('Rows that a term of text needs').fill('1');
    await expect.poll(() => hook('term-count').textContent()).toMatch(/319 terms/);
    await page().getByLabel('Rows that a term of text needs').fill('5');
    await expect.poll(() => hook('term-count').textContent()).toMatch(/19 terms/);
    await page().getByLabel('Role of sender').selectOption('group');
    await confirm('mails');
    await hook('dataset-study').click();
    await hook('run-study').click();
    await waitForStatus(page(), 'Done');
    const accuracy = async (): Promise<number> => {
      const said = (await hook('study-progress').textContent()) ?? '';
      return Number(/test accuracy\s*([\d.]+)/.exec(said)?.[1]);
    };
    await expect.poll(accuracy).toBeGreaterThan(95);
  });

  it('knows the training table of two, whichever was dropped first', async () => {
    const files = [
      { name: 'clouds-test.csv', content: csvFile(60) },
      { name: 'clouds-train.csv', content: csvFile(200) },
    ];
    for (const order of [files, [...files].reverse()]) {
      await drop(...order);
      await hook('import-preview').waitFor();
      expect(await hook('import-preview').textContent()).toMatch(/200 training rows.*60 test rows/s);
      expect(await page().getByLabel('Name', { exact: true }).inputValue()).toBe('clouds');
      await page().keyboard.press('Escape');
      await hook('import-preview').waitFor({ state: 'hidden' });
    }
  });

  it('says in its place why a type does not fit, and goes on when it is taken back', async () => {
    await drop({ name: 'sites.csv', content: csvFile(60) });
    await page().getByLabel('Type of site').selectOption('number');
    await expect
      .poll(() => hook('import-problem').textContent())
      .toMatch(/sites\.csv, row 1: "site \d" in column "site" is not a number/);
    expect(await hook('import-confirm').isDisabled()).toBe(true);
    await picture('problem');
    await page().getByLabel('Type of site').selectOption('category');
    await hook('import-problem').waitFor({ state: 'hidden' });
    await expect.poll(() => hook('import-confirm').isDisabled()).toBe(false);
    await page().keyboard.press('Escape');
  });

  it('is worked by keys alone, and has nothing seriously inaccessible', async () => {
    await drop({ name: 'keys.csv', content: csvFile(60) });
    await hook('import-columns').waitFor();
    await expectAccessible(page());
    await page().getByLabel('Type of depth').focus();
    await page().keyboard.press('Tab');
    expect(await page().evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Role of depth');
    await page().keyboard.type('ignore');
    expect(await page().getByLabel('Role of depth').inputValue()).toBe('ignore');
    for (let presses = 0; presses < 30; presses++) {
      await page().keyboard.press('Tab');
      if ((await page().evaluate(() => document.activeElement?.getAttribute('data-testid'))) === 'import-confirm')
        break;
    }
    await page().keyboard.press('Enter');
    await expect.poll(() => hook('dataset-detail').textContent()).toContain('keys');
  });

  it.each([
    ['nested.parquet', /the column "list" is nested/],
    ['no-rows.feather', /no-rows\.feather has no rows/],
    ['twice.parquet', /both called "a"/],
  ])('refuses %s with the reason, the place and the remedy', async (name, sentence) => {
    const before = await hook('dataset-row').count();
    await drop(await golden(name));
    await expect.poll(() => hook('import-error').textContent()).toMatch(sentence);
    expect(await hook('import-error').textContent()).toContain('Nothing was stored');
    await picture(`refused-${name.replace('.', '-')}`);
    await page().keyboard.press('Escape');
    await hook('import-error').waitFor({ state: 'hidden' });
    expect(await hook('dataset-row').count()).toBe(before);
  });

  it('leads back to the columns from a failure behind them', async () => {
    await drop(await golden('unlabelled.parquet'));
    await hook('import-confirm').click();
    await expect.poll(() => hook('import-error').textContent()).toMatch(/row 18: the label "label" is empty/);
    await hook('import-back').click();
    await hook('import-columns').waitFor();
    await page().keyboard.press('Escape');
  });

  it('stays responsive while a big table is read, and cancelling it leaves nothing behind', async () => {
    await hook('nav-library').click();
    const before = await hook('dataset-row').count();
    await page().evaluate(() => {
      const lines = Array.from(
        { length: 1000 },
        (_, i) => `${i / 7},${i % 31},kind ${i % 9},${'0.125,'.repeat(20)}${i % 2}`,
      );
      const head = `a,b,c,${Array.from({ length: 20 }, (_, i) => `x${i},`).join('')}label\n`;
      const block = `${lines.join('\n')}\n`;
      const data = new DataTransfer();
      data.items.add(new File([head, ...Array.from({ length: 400 }, () => block)], 'big.csv'));
      document
        .querySelector('main')
        ?.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
    });
    await hook('import-preview').waitFor();
    await hook('import-confirm').click();
    await expect.poll(() => hook('import-progress').textContent()).toMatch(/rows read from big\.csv/);
    await picture('progress');
    const frames = await page().evaluate(
      () =>
        new Promise<number>((resolve) => {
          let longest = 0;
          let last = performance.now();
          const until = last + 1000;
          const step = (now: number): void => {
            longest = Math.max(longest, now - last);
            last = now;
            if (now < until) requestAnimationFrame(step);
            else resolve(longest);
          };
          requestAnimationFrame(step);
        }),
    );
    expect(frames).toBeLessThan(500);
    const asked = performance.now();
    await hook('import-cancel').click();
    await hook('import-columns').waitFor();
    expect(performance.now() - asked).toBeLessThan(2000);
    await page().keyboard.press('Escape');
    expect(await hook('dataset-row').count()).toBe(before);
  });
});
