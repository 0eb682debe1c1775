/** Real studies with analyses, stopped between them and resumed; and studies that add their groups. */
import { describe, expect, it } from 'vitest';
import { LeverageError } from '../../src/shared/errors.ts';
import { ESTIMATORS } from '../../src/shared/quantities.ts';
import { parseStudySpec, type StudySpecInput } from '../../src/shared/study-spec.ts';
import { relativeDistance } from '../numerics/closeness.ts';
import { nothingKept, run, sampleRequest, type Kept } from './study-runs.ts';

const ANALYSES: StudySpecInput['analyses'] = [
  { kind: 'doseResponse', groups: { mostInfluential: 2 }, weights: { from: 0, to: 2, count: 5 } },
  { kind: 'pairs', groups: { mostInfluential: 3 }, evaluation: { quantity: 'meanTestLoss', target: 'class=benign' } },
  { kind: 'shapley', groups: { mostInfluential: 3 } },
  { kind: 'largestGroup', size: 5, evaluation: { quantity: 'loss', target: '3' } },
];

async function requestWith(change: Partial<StudySpecInput>) {
  const request = await sampleRequest('breast-cancer', 'onnx-cpu', 2);
  return { ...request, spec: parseStudySpec({ ...request.spec, ...change }) };
}

/** Everything of the analyses but the time they took. */
function found({ analyses }: Kept) {
  return [...analyses.entries()].toSorted(([a], [b]) => a - b).map(([, result]) => ({ ...result, seconds: 0 }));
}

describe('a study with analyses', () => {
  it('computes them after its groups, and a stopped one goes on with the next', async () => {
    const request = await requestWith({ analyses: ANALYSES });
    const whole = nothingKept();
    await run(request, whole);
    expect(found(whole).map(({ kind }) => kind)).toEqual(['doseResponse', 'pairs', 'shapley', 'largestGroup']);
    expect(whole.analyses.get(1)?.evaluation.target).toBe('class=benign');

    const kept = nothingKept();
    let stop = false;
    await expect(
      run(request, kept, { cancelled: () => stop, afterAnalysis: () => (stop = true) }),
    ).rejects.toMatchObject({ kind: 'cancelled' });
    expect([...kept.analyses.keys()]).toEqual([0]);
    await run(request, kept);
    expect(found(kept)).toEqual(found(whole));
  });

  it.for([
    [{ kind: 'pairs', groups: { ids: ['g-none'] } }, 'g-none'],
    [{ kind: 'largestGroup', size: 5000 }, '5000 rows'],
    [{ kind: 'shapley', evaluation: { quantity: 'loss', target: 'all' } }, 'not a test row'],
    [{ kind: 'shapley', evaluation: { quantity: 'meanTestLoss', target: 'class=nothing' } }, 'class=nothing'],
  ] as const)('refuses %j before any group is computed', async ([analysis, words]) => {
    const kept = nothingKept();
    const asked = [analysis] as unknown as StudySpecInput['analyses'];
    const failure = await run(await requestWith({ analyses: asked }), kept).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(LeverageError);
    expect((failure as LeverageError).message).toContain(words);
    expect(kept.batches.size).toBe(0);
  });
});

describe('a study that adds its groups', () => {
  it('has minus the influence of one that removes them, and its own actual effects', async () => {
    const removed = nothingKept();
    const added = nothingKept();
    await run(await requestWith({}), removed);
    await run(await requestWith({ effect: 'add' }), added);
    const { estimators } = (await requestWith({})).spec;
    const plane = ({ batches, groups }: Kept, name: (typeof estimators)[number], e: number) => {
      const { values, groupCount } = batches.get(0)!;
      expect(groups!.groups.length).toBe(groupCount);
      const start = (e * estimators.length + estimators.indexOf(name)) * groupCount;
      return values.subarray(start, start + groupCount);
    };
    const evaluations = removed.groups!.evaluations;
    evaluations.forEach(({ quantity }, e) => {
      const minus = plane(added, 'influence', e).map((value) => -value);
      expect(relativeDistance(minus, plane(removed, 'influence', e))).toBeLessThan(1e-9);
      if (quantity !== 'selfLoss') return;
      // Influence overestimates what adding does to the group’s own loss, and underestimates what removing does.
      plane(added, 'actual', e).forEach((value, g) => {
        expect(value).toBeLessThan(0);
        expect(Math.abs(value)).toBeLessThan(Math.abs(minus[g]));
        expect(plane(removed, 'actual', e)[g]).toBeGreaterThan(minus[g]);
      });
    });
  });
});

describe('the cost of the estimators', () => {
  it('is measured for each, as if it were the only one asked for', async () => {
    const kept = nothingKept();
    await run(await requestWith({ estimators: [...ESTIMATORS] }), kept);
    const { estimatorSeconds } = kept.batches.get(0)!;
    expect(estimatorSeconds).toHaveLength(ESTIMATORS.length);
    for (const seconds of estimatorSeconds!) expect(seconds).toBeGreaterThan(0);
  });
});
