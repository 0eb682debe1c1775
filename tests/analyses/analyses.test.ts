/** Each analysis against brute force in dense float64 algebra, on datasets small enough for it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computeAnalysis } from '../../src/main/analyses/index.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { interactions, type AnalysisResult } from '../../src/shared/analyses.ts';
import { analysisSpec, type AnalysisKind, type AnalysisSpecOf } from '../../src/shared/analysis-spec.ts';
import { solvePositiveDefinite } from '../numerics/dense-newton.ts';
import { tinyStudy, trainedOn, type Tiny, type Wanted } from './tiny-study.ts';

type ResultOf<K extends AnalysisKind> = Extract<AnalysisResult, { kind: K }>;

async function analyse<K extends AnalysisKind>(
  tiny: Tiny,
  asked: { kind: K } & Partial<AnalysisSpecOf<K>>,
): Promise<ResultOf<K>> {
  return (await computeAnalysis(tiny.input, analysisSpec.parse(asked))) as ResultOf<K>;
}

const IDS = (count: number) => ({ ids: Array.from({ length: count }, (_, g) => `g${g}`) });

describe.each(['reference', 'onnx-cpu', 'onnx-cpu-float32'])('analyses on %s', (name) => {
  let device: Device;
  const open: Tiny[] = [];
  const tiny = async (wanted: Wanted): Promise<Tiny> => {
    const made = await tinyStudy(device, wanted);
    open.push(made);
    return made;
  };
  const DIGITS = name === 'onnx-cpu-float32' ? 6 : 9;
  beforeAll(async () => {
    device = await openDevice(name);
  });
  afterAll(async () => {
    for (const one of open) one.close();
    await device.dispose();
  });

  it.for([2, 3])('follows the exact path of re-weighted groups, with %s classes', async (classes) => {
    const study = await tiny({
      classes,
      groups: [
        [5, 8, 9, 20],
        [11, 12],
        [30, 31, 32, 33, 34],
      ],
    });
    const found = await analyse(study, { kind: 'doseResponse', groups: IDS(3), weights: { from: 0, to: 2, count: 9 } });
    const T = found.weights.length;
    expect([...found.weights]).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]);
    found.groups.forEach(({ index }, g) => {
      const members = [...study.input.groups[index].members];
      const everyone = study.dense.everyone();
      expect(found.actual[g * T]).toBeCloseTo(trainedOn(study, study.dense.without(members)), DIGITS);
      expect(found.actual[g * T + 4]).toBe(0);
      expect(found.actual[g * T + 8]).toBeCloseTo(trainedOn(study, [...everyone, ...members]), DIGITS);
      // Influence is one straight line through the fit, and the path's slope there.
      const at = (k: number) => found.influence[g * T + k];
      for (let k = 0; k < T; k++) expect(at(k)).toBeCloseTo(at(0) * (1 - found.weights[k]), 12);
      const slope = (found.actual[g * T + 5] - found.actual[g * T + 3]) / 0.5;
      expect(Math.abs(slope + at(0))).toBeLessThan(0.02 * Math.abs(at(0)) + 1e-6);
    });
    expect(found.notes).toEqual([]);
    expect(found.retrainings).toBe(3 * 8);
  });

  it('takes fewer Newton steps along the path than from the fit each time', async () => {
    const study = await tiny({ rows: 60, groups: [[5, 8, 9, 20, 21, 22, 23, 24, 25, 26, 27, 28]] });
    const asked = { kind: 'doseResponse', groups: IDS(1) } as const;
    const fine = await analyse(study, { ...asked, weights: { from: 0, to: 2, count: 41 } });
    const coarse = await analyse(study, { ...asked, weights: { from: 0, to: 2, count: 3 } });
    // The coarse path goes from the fit to 0 at once, the fine one by a twentieth.
    expect(fine.newtonSteps[0]).toBeLessThan(coarse.newtonSteps[0]);
    expect(fine.actual[0]).toBeCloseTo(coarse.actual[0], DIGITS);
  });

  it('retrains every pair of groups, and knows the rows they share', async () => {
    const groups = [
      [5, 8, 9, 20],
      [11, 12, 20],
      [30, 31, 32],
    ];
    const study = await tiny({ groups });
    const found = await analyse(study, { kind: 'pairs', groups: IDS(3) });
    expect([...found.shared]).toEqual([NaN, 1, 0, 1, NaN, 0, 0, 0, NaN]);
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      const union = [...new Set([...groups[a], ...groups[b]])];
      expect(found.both.actual[a * 3 + b]).toBeCloseTo(trainedOn(study, study.dense.without(union)), DIGITS);
      expect(found.both.actual[b * 3 + a]).toBe(found.both.actual[a * 3 + b]);
    }
    // Influence is additive: nothing between disjoint groups, the shared row once too often otherwise.
    const between = interactions(found, 'influence');
    expect(between[2]).toBeCloseTo(0, 12);
    expect(between[5]).toBeCloseTo(0, 12);
    const one = await tiny({ groups: [[20]] });
    const shared = await analyse(one, { kind: 'doseResponse', groups: IDS(1), weights: { from: 0, to: 2, count: 3 } });
    expect(between[1]).toBeCloseTo(-shared.influence[0], 12);
    // Actual effects are not: removing two groups of one kind does more than the sum.
    expect(Math.abs(interactions(found)[2])).toBeGreaterThan(1e-6);
  });

  it('has the Shapley values of every order of removal, which sum to the effect of removing all', async () => {
    const groups = [
      [5, 8, 9, 20],
      [11, 12, 20],
      [30, 31, 32],
    ];
    const study = await tiny({ groups });
    const found = await analyse(study, { kind: 'shapley', groups: IDS(3) });
    const effect = (removed: number[]): number => {
      const staying = new Set(groups.filter((_, g) => !removed.includes(g)).flat());
      const gone = removed.flatMap((g) => groups[g]).filter((row) => !staying.has(row));
      return trainedOn(study, study.dense.without(gone));
    };
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    const expected = [0, 0, 0];
    for (const order of orders) {
      order.forEach((player, at) => {
        expected[player] += (effect(order.slice(0, at + 1)) - effect(order.slice(0, at))) / orders.length;
      });
    }
    expected.forEach((value, i) => expect(found.values[i]).toBeCloseTo(value, DIGITS));
    expect(found.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(found.total, DIGITS);
    expect(found).toMatchObject({ method: 'exact', permutations: null, retrainings: 8 });
    groups.forEach((_, g) => expect(found.alone[g]).toBeCloseTo(effect([g]), DIGITS));
  });

  it('estimates the values of many groups over random orders, with their standard errors', async () => {
    // Groups 0 and 1 are the same rows: equal players. The rest are single rows.
    const groups = [[5, 6], [5, 6], ...Array.from({ length: 11 }, (_, g) => [10 + g])];
    const study = await tiny({ groups });
    const asked = { kind: 'shapley', groups: IDS(13), permutations: 40 } as const;
    const found = await analyse(study, { ...asked, seed: 1 });
    expect(found.method).toBe('permutations');
    // Along each order the contributions telescope: the sum is exact however few orders there are.
    expect(found.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(found.total, DIGITS);
    expect(Math.abs(found.values[0] - found.values[1])).toBeLessThan(
      5 * Math.hypot(found.standardErrors[0], found.standardErrors[1]),
    );
    expect((await analyse(study, { ...asked, seed: 1 })).values).toEqual(found.values);
    expect((await analyse(study, { ...asked, seed: 2 })).values).not.toEqual(found.values);
  });

  it('values the empty dataset as the model of the penalty alone', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => i);
    const study = await tiny({ rows: 20, intercept: false, groups: [rows.slice(0, 9), rows.slice(9)] });
    const found = await analyse(study, { kind: 'shapley', groups: IDS(2) });
    // θ = 0: every loss is log 2.
    const { testLoss } = study.input.model.fitted;
    const mean = testLoss.reduce((sum, loss) => sum + loss, 0) / testLoss.length;
    expect(found.total).toBeCloseTo(Math.LN2 - mean, DIGITS);
  });

  it.for([2, 3])('chooses rows greedily as dense algebra does, with %s classes', async (classes) => {
    const study = await tiny({ rows: 30, classes, groups: [[1]] });
    const { dense, theta, evaluation } = study;
    for (const direction of ['raise', 'lower'] as const) {
      const found = await analyse(study, { kind: 'largestGroup', size: 4, direction });
      const sign = direction === 'raise' ? 1 : -1;
      const linear = (group: number[]): number => {
        const H = dense.hessian(theta, dense.without(group));
        return (
          sign * dense.change(theta, solvePositiveDefinite(H, dense.lossGradient(theta, group)), [], evaluation, true)
        );
      };
      const chosen: number[] = [];
      for (let pick = 0; pick < 4; pick++) {
        const left = dense.without(chosen);
        chosen.push(left.reduce((best, row) => (linear([...chosen, row]) > linear([...chosen, best]) ? row : best)));
      }
      const [byInfluence, byNewton] = found.lists;
      expect([...byNewton.rows]).toEqual(chosen);
      expect([...found.sizes]).toEqual([1, 2, 3, 4]);
      found.sizes.forEach((count, at) => {
        expect(byNewton.actual[at]).toBeCloseTo(trainedOn(study, dense.without(chosen.slice(0, count))), DIGITS);
      });
      expect(found.common).toBe([...byInfluence.rows].filter((row) => chosen.includes(row)).length);
    }
  });

  it('says which group ids a study has not', async () => {
    const study = await tiny({ groups: [[1]] });
    await expect(analyse(study, { kind: 'pairs', groups: { ids: ['nobody'] } })).rejects.toMatchObject({
      kind: 'invalidInput',
      message: expect.stringContaining('nobody'),
    });
  });
});
