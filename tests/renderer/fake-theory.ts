/** Theory of the fake engine: directions made up so that they explain the made-up effects. */
import type { Answers } from './fake-part.ts';
import { effectsOf } from './fake-data.ts';
import { studyOf, type FakeStore } from './fake-store.ts';

const DIRECTIONS = 31;

export function theoryAnswers(store: FakeStore): Answers {
  return {
    'theory.study': ({ id }) => {
      const { dataset, groups } = studyOf(store, id);
      const { evaluations } = effectsOf(dataset, groups, groups.length);
      return {
        method: 'whole',
        parameters: DIRECTIONS,
        trainRows: dataset.trainRows,
        lambda: 0.455,
        freeIntercept: true,
        largest: { value: 1.4, accuracy: 0 },
        smallest: { value: 0.01, accuracy: 0 },
        smallestWithPenalty: { value: 0.465, accuracy: 0 },
        s: 3.08,
        selfLossSlope: 1 + 1.5 * 3.08 + 0.5 * 3.08 ** 2,
        copies: new Int32Array(0),
        copiesFactor: new Float64Array(0),
        hessianConstant: 2,
        lossConstant: 3,
        functionConstant: new Float64Array(evaluations.length).fill(2),
        bound: new Float64Array(evaluations.length * groups.length).fill(1e6),
      };
    },
    'theory.group': ({ id, index }) => {
      const { dataset, groups } = studyOf(store, id);
      const { evaluations, values, groupCount } = effectsOf(dataset, groups, groups.length);
      const at = (e: number, s: number): number => values[(e * 3 + s) * groupCount + index] ?? NaN;
      const eigenvalues = Float64Array.from({ length: DIRECTIONS }, (_, j) => 0.46 / (1 + j) ** 0.7);
      const part = (j: number): number => (j === 1 ? 0.7 : j === 0 ? 0.2 : 0.1 / (DIRECTIONS - 2));
      return {
        index,
        method: 'parameters',
        parameters: DIRECTIONS,
        eigenvalues,
        groupAlignment: Float64Array.from({ length: DIRECTIONS }, (_, j) => Math.sqrt(part(j))),
        groupNorm: 1,
        testAlignment: Float64Array.from({ length: evaluations.length * DIRECTIONS }, (_, k) =>
          Math.sqrt(part(k % DIRECTIONS)),
        ),
        testNorm: new Float64Array(evaluations.length).fill(1),
        contributions: Float64Array.from(
          { length: evaluations.length * DIRECTIONS },
          (_, k) => part(k % DIRECTIONS) * (at(Math.floor(k / DIRECTIONS), 1) - at(Math.floor(k / DIRECTIONS), 0)),
        ),
        influence: Float64Array.from(evaluations, (_, e) => at(e, 0)),
        newtonLinear: Float64Array.from(evaluations, (_, e) => at(e, 1)),
        residual: 0,
        named: [
          { rank: 1, features: [{ name: dataset.columns[1]?.name ?? 'x', share: 0.62 }] },
          { rank: 0, features: [{ name: dataset.columns[2]?.name ?? 'y', share: 0.4 }] },
        ],
        nearest: groups
          .filter((group) => group.index !== index)
          .slice(0, 3)
          .map((group, k) => ({ index: group.index, jaccard: 0.4 / (k + 1), shared: 12 - k })),
        seconds: 0.01,
      };
    },
    'theory.cancel': () => null,
  };
}
