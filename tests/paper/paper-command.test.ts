/** `paper --quick` as a program, on bundled and generated data: every figure, every claim, and resuming. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAPER_FIGURES } from '../../src/shared/paper.ts';
import type { ClaimRow } from '../../src/shared/paper.ts';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'src', 'main', 'launch.mjs');
/** Other work on the machine may slow a process to a tenth. */
const PATIENCE_MS = 300_000;

interface Written {
  claims: ClaimRow[];
  missing: string[];
  studies: { id: string; name: string; groups: number; seconds: number }[];
}

let folder: string;
let status: number | null;
let written: Written;

function leverage(...words: string[]): Promise<{ status: number | null; out: string; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LAUNCHER, 'cli', ...words], {
      cwd: folder,
      env: { ...process.env, LEVERAGE_HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let said = '';
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ status: code, out, said }));
  });
}

const read = (name: string) => readFileSync(join(folder, 'paper', name), 'utf8');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-paper-'));
  ({ status } = await leverage('paper', '--quick', '--out', 'paper'));
  written = JSON.parse(read('claims.json')) as Written;
}, PATIENCE_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('paper --quick', () => {
  it('judges claims of every figure, each with how it was computed', () => {
    expect(status).toBe(0);
    expect(new Set(written.claims.map(({ figure }) => figure))).toEqual(new Set(PAPER_FIGURES));
    for (const claim of written.claims) {
      expect(claim.how).not.toBe('');
      expect(claim.paperValue).not.toBe('');
      expect([true, false, 'not run']).toContain(claim.met);
      if (claim.met !== 'not run') expect(claim.ourValue).not.toMatch(/NaN|undefined/);
    }
    expect(new Set(written.claims.map(({ id }) => id)).size).toBe(written.claims.length);
  });

  it('says what stands in for data that were not given, and what can not be had', () => {
    expect(written.missing).toHaveLength(4);
    const dogfish = written.claims.filter(({ id }) => id.includes('dogfish'));
    expect(dogfish.length).toBeGreaterThan(0);
    for (const claim of dogfish) expect(claim.met).toBe('not run');
  });

  it('finds on the counterexample what an independent program computed', async () => {
    const study = written.studies.find(({ name }) => name.includes('counterexample'));
    const { status: exported } = await leverage('export', study?.id ?? '', '--out', 'counterexample');
    expect(exported).toBe(0);
    const rows = readFileSync(join(folder, 'counterexample', 'effects.csv'), 'utf8').split('\n');
    const effects = (group: string) => {
      const row = rows.find((one) => one.startsWith(`${group},`))?.split(',') ?? [];
      return row.slice(5, 8).map(Number);
    };
    // Influence, Newton, actual at the largest group of each point.
    const goldens = [
      ['point-1-copies-39', 5.06494, 6.25251, 6.4772],
      ['point-2-copies-19', -4.93506, -7.83505, -7.93022],
      ['point-3-copies-39', 0.910723, 7.317663, 4.494521],
      ['point-4-copies-19', -0.665839, -0.68501, -1.023941],
    ] as const;
    for (const [group, ...expected] of goldens)
      effects(group).forEach((value, k) => expect(value / expected[k]).toBeCloseTo(1, 4));
  });

  it('tells the ρ that the study’s own bundle tells', async () => {
    const claim = written.claims.find(({ id }) => id.startsWith('1/breast') && id.endsWith('selfLoss/rho'));
    const { status: exported } = await leverage('export', claim?.studies[0] ?? '', '--out', 'figure-1');
    expect(exported).toBe(0);
    const summary = JSON.parse(readFileSync(join(folder, 'figure-1', 'summary.json'), 'utf8')) as {
      agreements: { quantity: string; estimator: string; groups: string; spearman: number }[];
    };
    const agreement = summary.agreements.find(
      (one) => one.quantity === 'selfLoss' && one.estimator === 'influence' && one.groups === 'all',
    );
    expect(claim?.ourValue).toBe(`ρ = ${agreement?.spearman.toFixed(3).slice(1)}`);
  });

  it('finds the sources that mislabel, against random groups of equal size', () => {
    const chance = written.claims.find(({ id }) => id.endsWith('source/chance'));
    expect(chance?.met).toBe(true);
  });

  it('writes a page that needs nothing else', () => {
    const page = read('report.html');
    for (const { statement } of written.claims.slice(0, 20)) expect(page).toContain(statement.slice(0, 20));
    expect(page.match(/<svg/g)?.length ?? 0).toBeGreaterThan(20);
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it(
    'computes nothing again that is in the store',
    async () => {
      const { status: again } = await leverage('paper', '--quick', '--figure', '1', '--out', 'paper');
      expect(again).toBe(0);
      const known = new Set(written.studies.map(({ id }) => id));
      for (const { id } of (JSON.parse(read('claims.json')) as Written).studies) expect(known).toContain(id);
    },
    PATIENCE_MS,
  );

  it('refuses a figure that the paper has not, and data that are not there', async () => {
    const figure = await leverage('paper', '--figure', '7');
    expect(figure.status).toBe(2);
    expect(figure.said).toMatch(/have no "7"/);
    const data = await leverage('paper', '--data', 'nowhere', '--figure', '3');
    expect(data.status).toBe(2);
    expect(data.said).toMatch(/is not there/);
  });
});
