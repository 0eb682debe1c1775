import { describe, expect, it } from 'vitest';
import { DenseNewton } from '../numerics/dense-newton.ts';
import { relativeDistance } from '../numerics/closeness.ts';
import { uniforms } from '../numerics/problems.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { nothingKept, run, sampleRequest } from '../studies/study-runs.ts';
import { datasetOf, never, opened, openedOn } from './opened.ts';
import type { Evaluation } from '../../src/shared/quantities.ts';
import type { WhatIf } from '../../src/main/what-if/what-if.ts';

const common = { id: 's', view: 'v', testRow: null, means: true };

describe.each(['breast-cancer', 'digits'] as const)('a What-if of a finished study of %s', (sample) => {
  it('gives each of its groups the effects that the study has stored', { timeout: 120_000 }, async () => {
    // In double precision throughout: of two precisions the stored means are rounded to 1e-6.
    const request = await sampleRequest(sample, 'onnx-cpu', sample === 'digits' ? 3 : 6);
    const kept = nothingKept();
    await run({ ...request, spec: { ...request.spec, tolerance: 1e-10 } }, kept);
    const groups = kept.groups!;
    const open = await opened({ ...request, state: { ...kept, groups, batchesDone: new Set() } });
    const { estimators } = request.spec;
    const stored = { influence: [] as number[], newton: [] as number[], actual: [] as number[] };
    const found = { influence: [] as number[], newton: [] as number[], actual: [] as number[] };
    const scale = new Map<string, number>();
    for (const batch of kept.batches.values()) {
      for (let g = 0; g < batch.groupCount; g++) {
        const rows = groups.groups[batch.firstGroup + g].members;
        const predicted = await open.predict({ ...common, rows, newton: 'always' }, never);
        const retrained = await open.retrain({ ...common, rows }, never);
        groups.evaluations.forEach((_, e) => {
          for (const name of ['influence', 'newton', 'actual'] as const) {
            const s = estimators.indexOf(name);
            const value = batch.values[(e * estimators.length + s) * batch.groupCount + g];
            const key = `${name} ${e}`;
            scale.set(key, Math.max(scale.get(key) ?? 0, Math.abs(value)));
            stored[name].push(value);
            found[name].push(name === 'actual' ? retrained.actual[e] : predicted[name]![e]);
          }
        });
      }
    }
    expect(stored.actual.length).toBeGreaterThan(20);
    const count = groups.evaluations.length;
    for (const name of ['influence', 'newton', 'actual'] as const) {
      let worst = 0;
      stored[name].forEach((value, at) => {
        worst = Math.max(worst, Math.abs(found[name][at] - value) / scale.get(`${name} ${at % count}`)!);
      });
      expect(worst, name).toBeLessThan(1e-9);
    }
  });
});

/** 40 rows of 3 features with noise, in `classes` classes. */
function problem(seed: number, classes: number) {
  const noise = uniforms(seed, 400);
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => [0, 1, 2].map((j) => noise[from + 4 * i + j]));
  const label = (x: readonly number[], i: number) =>
    i < classes
      ? i
      : Math.floor((classes * (1 + Math.max(-0.99, Math.min(0.99, x[0] - 0.5 * x[1] + 0.3 * noise[i])))) / 2);
  const [X, testX] = [rows(0, 40), rows(200, 8)];
  return { X, y: X.map(label), testX, testY: testX.map(label) };
}

const judged: Evaluation[] = [
  { quantity: 'loss', target: '0' },
  { quantity: 'loss', target: '1' },
  { quantity: 'selfLoss', target: 'self' },
  { quantity: 'meanTestLoss', target: 'all' },
];

function judgeOf({ X, y, testX, testY }: ReturnType<typeof problem>, classes: number, lambda: number) {
  const rows = (from: number[][]) => from.map((row) => Float64Array.from(row));
  const weights = new Float64Array(X.length).fill(1);
  return new DenseNewton({ X: rows(X), y, testX: rows(testX), testY, classes, lambda, intercept: true, weights });
}

describe.each([2, 3])('with %i classes', (classes) => {
  it('predicts and retrains any rows as a dense Newton’s method of its own does', async () => {
    const made = problem(7 + classes, classes);
    const judge = judgeOf(made, classes, 0.3);
    const { open } = await openedOn(datasetOf({ X: made.X, y: made.y }, { X: made.testX, y: made.testY }), 0.3);
    const theta = judge.fit(judge.everyone(), new Float64Array(judge.q));
    for (const group of [[5], [9, 4, 30], Array.from({ length: 14 }, (_, i) => 3 + 2 * i)]) {
      const expected = judge.effects(theta, group, judged);
      const rows = Int32Array.from(group);
      const predicted = await open.predict({ ...common, rows, newton: 'always' }, never);
      const retrained = await open.retrain({ ...common, rows }, never);
      const of = (values: Float64Array) =>
        judged.map(
          (one) =>
            values[predicted.evaluations.findIndex((e) => e.quantity === one.quantity && e.target === one.target)],
        );
      expect(relativeDistance(of(predicted.influence), expected.influence)).toBeLessThan(1e-9);
      expect(relativeDistance(of(predicted.newton!), expected.newton)).toBeLessThan(1e-9);
      expect(relativeDistance(of(retrained.actual), expected.actual)).toBeLessThan(1e-8);
      expect(retrained.retraining.converged).toBe(true);
      expect(predicted.classCounts.reduce((sum, count) => sum + count, 0)).toBe(group.length);
    }
  });

  it('measures a test row that the study does not', async () => {
    const made = problem(3, classes);
    const judge = judgeOf(made, classes, 0.3);
    const { open } = await openedOn(datasetOf({ X: made.X, y: made.y }, { X: made.testX, y: made.testY }), 0.3);
    const theta = judge.fit(judge.everyone(), new Float64Array(judge.q));
    const group = [6, 7, 20];
    const asked: Evaluation[] = [{ quantity: 'loss', target: '5' }];
    const predicted = await open.predict(
      { ...common, rows: Int32Array.from(group), testRow: 5, newton: 'always' },
      never,
    );
    const e = predicted.evaluations.findIndex(({ quantity, target }) => quantity === 'loss' && target === '5');
    const expected = judge.effects(theta, group, asked);
    expect(relativeDistance([predicted.influence[e]], expected.influence)).toBeLessThan(1e-9);
    expect(relativeDistance([predicted.newton![e]], expected.newton)).toBeLessThan(1e-9);
  });
});

async function small(seed = 11): Promise<{ open: WhatIf; made: ReturnType<typeof problem> }> {
  const made = problem(seed, 2);
  const { open } = await openedOn(datasetOf({ X: made.X, y: made.y }, { X: made.testX, y: made.testY }), 0.3);
  return { open, made };
}

describe('Newton', () => {
  const made = problem(17, 3);
  const data = datasetOf({ X: made.X, y: made.y }, { X: made.testX, y: made.testY });
  const rows = Int32Array.of(1, 4, 9, 16, 25, 36);

  it('is the same by either way of computing it', async () => {
    const ways = await Promise.all(
      (['removedRows', 'allRows'] as const).map(async (way) => {
        const { open } = await openedOn(data, 0.3, { way: () => way });
        return (await open.predict({ ...common, rows, newton: 'always' }, never)).newton!;
      }),
    );
    expect(relativeDistance(ways[0], ways[1])).toBeLessThan(1e-9);
  });

  it('that would take long is left out until it is asked for, and its time is told', async () => {
    const { open } = await openedOn(data, 0.3, { expected: () => 12 });
    const first = await open.predict({ ...common, rows, newton: 'ifQuick' }, never);
    expect(first.newton).toBeNull();
    expect(first.newtonSeconds).toBe(12);
    expect(first.influence.every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
    const then = await open.predict({ ...common, rows, newton: 'always' }, never);
    expect(then.newton).toHaveLength(first.influence.length);
  });
});

describe('no rows', () => {
  it('have no effect, predicted or retrained', async () => {
    const { open } = await small();
    const rows = new Int32Array(0);
    const predicted = await open.predict({ ...common, rows, newton: 'always' }, never);
    const retrained = await open.retrain({ ...common, rows }, never);
    for (const effects of [predicted.influence, predicted.newton!, retrained.actual]) {
      expect(effects.length).toBeGreaterThan(0);
      expect(effects.every((value) => value === 0)).toBe(true);
    }
  });
});

describe('rows that are still being drawn', () => {
  it('have all but the means over the test rows, which go through all of them', async () => {
    const { open } = await small();
    const asked = { ...common, rows: Int32Array.of(3, 9, 21), newton: 'always' as const };
    const all = await open.predict(asked, never);
    const quick = await open.predict({ ...asked, means: false }, never);
    const left = all.newton!.map((value, e) => (all.evaluations[e].quantity === 'meanTestLoss' ? NaN : value));
    expect(quick.newton).toEqual(left);
    expect(quick.influence).toEqual(all.influence);
  });
});

describe('rows', () => {
  it('may come in any order and more than once', async () => {
    const { open } = await small();
    const one = await open.predict({ ...common, rows: Int32Array.of(3, 9, 21), newton: 'always' }, never);
    const other = await open.predict({ ...common, rows: Int32Array.of(21, 3, 9, 3), newton: 'always' }, never);
    expect(other.newton).toEqual(one.newton);
    expect(other.size).toBe(3);
  });

  it('that do not exist are refused by their number', async () => {
    const { open } = await small();
    const failure = await rejectionOf(open.predict({ ...common, rows: Int32Array.of(3, 40), newton: 'always' }, never));
    expect(failure).toMatchObject({ kind: 'invalidInput' });
    expect(failure.message).toContain('40');
  });

  it('of a whole class leave it without any, and that is said', async () => {
    const { open, made } = await small();
    const rows = Int32Array.from(made.y.keys()).filter((i) => made.y[i] === 1);
    const predicted = await open.predict({ ...common, rows, newton: 'always' }, never);
    expect(predicted.lostClasses).toEqual(['1']);
    const retrained = await open.retrain({ ...common, rows }, never);
    expect(retrained.retraining.effectBound).toBe(Infinity);
  });
});

describe('a dose', () => {
  const evaluation: Evaluation = { quantity: 'loss', target: '0' };

  it('of one half of rows of weight 2 is the removal of one of two copies of each', async () => {
    const made = problem(23, 2);
    const doubled = [4, 8, 15, 16, 23];
    const weights = made.y.map((_, i) => (doubled.includes(i) ? 2 : 1));
    const test = { X: made.testX, y: made.testY };
    const heavy = await openedOn(datasetOf({ X: made.X, y: made.y, weights }, test), 0.3);
    const copied = await openedOn(
      datasetOf(
        { X: [...made.X, ...doubled.map((i) => made.X[i])], y: [...made.y, ...doubled.map((i) => made.y[i])] },
        test,
      ),
      0.3,
    );
    const rows = Int32Array.from(doubled);
    const dose = await heavy.open.dose({ id: 's', view: 'v', rows, evaluation, shares: [0.5], actual: true }, never);
    const copies = Int32Array.from(doubled.keys()).map((k) => 40 + k);
    const retrained = await copied.open.retrain({ ...common, rows: copies }, never);
    const e = retrained.evaluations.findIndex(({ quantity, target }) => quantity === 'loss' && target === '0');
    expect(dose.influence[0]).toBeCloseTo(retrained.influence[e], 10);
    expect(dose.newton[0]).toBeCloseTo(retrained.newton[e], 10);
    expect(dose.actual![0]).toBeCloseTo(retrained.actual[e], 9);
  });

  it('begins at nothing, ends at the whole removal, and influence is a straight line', async () => {
    const { open } = await small(31);
    const rows = Int32Array.of(1, 2, 3, 5, 8, 13, 21, 34);
    const shares = [0, 0.25, 0.5, 0.75, 1];
    const dose = await open.dose({ id: 's', view: 'v', rows, evaluation, shares, actual: true }, never);
    const whole = await open.retrain({ ...common, rows }, never);
    const e = whole.evaluations.findIndex(({ quantity, target }) => quantity === 'loss' && target === '0');
    expect([dose.influence[0], dose.newton[0], dose.actual![0]]).toEqual([0, 0, 0]);
    expect(dose.actual![4]).toBeCloseTo(whole.actual[e], 9);
    expect(dose.newton[4]).toBeCloseTo(whole.newton[e], 10);
    expect(dose.influence[1]).toBeCloseTo(whole.influence[e] / 4, 12);
    expect(dose.retraining.every(({ converged }) => converged)).toBe(true);
    // Newton and influence touch where nothing is removed: their difference shrinks with the square of the share.
    const near = await open.dose({ id: 's', view: 'v', rows, evaluation, shares: [1e-3, 2e-3], actual: false }, never);
    const apart = [0, 1].map((t) => near.newton[t] - near.influence[t]);
    expect(apart[1] / apart[0]).toBeCloseTo(4, 1);
  });
});

describe('the spectrum', () => {
  it('adds up to the difference of linear Newton and influence', async () => {
    const { open } = await small(41);
    const rows = Int32Array.of(1, 2, 3, 5, 8, 13, 21, 34);
    const evaluation: Evaluation = { quantity: 'margin', target: '1' };
    const found = await open.spectrum({ id: 's', view: 'v', rows, evaluation }, never);
    const predicted = await open.predict({ ...common, rows, newton: 'always' }, never);
    const e = predicted.evaluations.findIndex(({ quantity, target }) => quantity === 'margin' && target === '1');
    const sum = found.contributions.reduce((total, value) => total + value, 0);
    expect(found.influence).toBeCloseTo(predicted.influence[e], 10);
    // The margin is linear in the parameters: its Newton effect is linear Newton's.
    expect(found.influence + sum).toBeCloseTo(predicted.newton![e], 9);
    expect(found.eigenvalues.every((value) => value >= 0 && value < 1)).toBe(true);
  });
});

describe('a question that is no longer wanted', () => {
  it('ends at the next check', async () => {
    const { open } = await small();
    const stop = (): never => {
      throw new Error('stopped');
    };
    await expect(open.predict({ ...common, rows: Int32Array.of(1), newton: 'always' }, stop)).rejects.toThrow(
      'stopped',
    );
    await expect(open.retrain({ ...common, rows: Int32Array.of(1) }, stop)).rejects.toThrow('stopped');
  });
});
