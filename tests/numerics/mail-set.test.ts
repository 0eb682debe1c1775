/** A mail set as it is: text read, counted and fitted, and the model knows mails it has not seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import { readDatasetSpec } from '../../src/main/datasets/index.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { mixed } from './golden-rows.ts';

const WORDS = {
  spam: ['winner', 'prize', 'cash', 'urgent', 'offer'],
  ham: ['meeting', 'report', 'lunch', 'draft', 'minutes'],
};
const COMMON = ['the', 'your', 'please', 'today', 'about', 'and', 'a'];

/** Four words in five are common to both kinds. */
function mail(i: number): { body: string; kind: string } {
  const kind = i % 2 === 0 ? 'spam' : 'ham';
  const draws = mixed(i, 20);
  const body = Array.from(draws, (draw, at) => {
    const own = WORDS[kind];
    const from = at % 5 === 0 ? own : COMMON;
    return from[Math.floor(draw / 16) % from.length];
  }).join(' ');
  return { body, kind };
}

it('tells unseen mails apart by their words, from JSON lines to the fit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leverage-mails-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lines = Array.from({ length: 400 }, (_, i) => JSON.stringify(mail(i)));
  writeFileSync(join(folder, 'mails.jsonl'), lines.join('\n'));
  const dataset = await readDatasetSpec(
    { train: 'mails.jsonl', test: { fraction: 0.25, seed: 1 }, label: 'kind', text: { body: {} } },
    folder,
    { progress: () => undefined, cancelled: () => false },
  );
  expect(dataset.block?.names?.slice().sort()).toEqual(
    [...WORDS.spam, ...WORDS.ham, ...COMMON].map((word) => `body:${word}`).sort(),
  );
  const device = await openDevice('reference');
  onTestFinished(() => device.dispose());
  const design = buildDesign(dataset, { standardise: false });
  const model = await fitModel(design, { l2: { relative: 1e-3 }, intercept: true }, device, {
    checkCancelled: () => {},
  });
  onTestFinished(() => model.dispose());
  expect(model.fitted.summary.testAccuracy).toBeGreaterThan(0.95);
  // Its coefficients say what the words mean: classes are ham and spam, the second is the positive one.
  const coefficient = (word: string): number => model.fitted.coefficients[design.featureNames.indexOf(`body:${word}`)];
  for (const word of WORDS.spam) expect(coefficient(word)).toBeGreaterThan(0);
  for (const word of WORDS.ham) expect(coefficient(word)).toBeLessThan(0);
});
