/** A tolerance that no arithmetic of double precision reaches: every group is kept, and every place says so. */
import { expect, it } from 'vitest';
import { agreements, describeAgreement } from '../../src/shared/agreement.ts';
import { nothingKept, run, sampleRequest } from './study-runs.ts';

it.for(['onnx-cpu', 'onnx-cpu-float32'])(
  'an impossible tolerance ends soon and is owned up to (%s)',
  async (device) => {
    const request = await sampleRequest('breast-cancer', device, 6);
    const reached = nothingKept();
    await run(request, reached);
    const kept = nothingKept();
    const start = performance.now();
    await run({ ...request, spec: { ...request.spec, tolerance: 1e-30 } }, kept);
    expect(performance.now() - start).toBeLessThan(10_000);

    const groups = kept.groups?.groups ?? [];
    expect(groups.length).toBeGreaterThan(5);
    const batches = [...kept.batches.values()];
    const retraining = batches.flatMap((batch) => batch.retraining);
    expect(retraining.map(({ converged }) => converged)).toEqual(groups.map(() => false));
    // Its effects are there, and those of a tolerance that is reached.
    const values = batches.flatMap((batch) => [...batch.values]);
    const truth = [...reached.batches.values()].flatMap((batch) => [...batch.values]);
    const scale = Math.max(...truth.map(Math.abs));
    values.forEach((value, at) => expect(Math.abs(value - truth[at])).toBeLessThan(1e-7 * scale));
    // A remark for each, and a count beside each statistic that it is in.
    const notes = batches.flatMap((batch) => batch.notes);
    for (const { label } of groups) expect(notes.some((note) => note.includes(`"${label}"`))).toBe(true);
    expect(notes[0]).toMatch(/above the tolerance of 1e-30\.$/);
    const judged = groups.map((group, g) => ({ ...group, retraining: retraining[g] }));
    const evaluations = kept.groups?.evaluations ?? [];
    const [batch] = batches;
    const all = agreements(evaluations, request.spec.estimators, judged, batch.values);
    for (const one of all) expect(one.unconverged).toBe(one.count);
    expect(describeAgreement(all[0])).toContain(`${groups.length} groups retrained short of the tolerance`);
    const fine = agreements(
      evaluations,
      request.spec.estimators,
      groups.map((group) => ({ ...group, retraining: { converged: true } })),
      batch.values,
    );
    expect(describeAgreement(fine[0])).not.toContain('short of');
  },
);
