/** Trials of devices in a process of their own, and what is told of those that crash, hang or are not there. */
import { describe, expect, it } from 'vitest';
import { probeInProcess, type ProbeOptions } from '../../src/main/compute/probe-process.ts';

const trial = (behaviour: string, options: ProbeOptions = {}): ReturnType<typeof probeInProcess> =>
  probeInProcess(behaviour, undefined, { entry: new URL('./misbehaving-probe.ts', import.meta.url), ...options });

describe('a trial in a process of its own', () => {
  it('measures a device that works', async () => {
    const answer = await probeInProcess('tensorflow-wasm');
    expect(answer).toEqual({
      ok: true,
      gigaflops: expect.any(Number) as number,
      title: 'TensorFlow.js · WASM · float32, certified in float64',
    });
    expect(answer.ok && answer.gigaflops).toBeGreaterThan(0.1);
  });

  it('finds the devices of the registry too', async () => {
    expect(await probeInProcess('onnx-cpu')).toMatchObject({ ok: true });
    expect(await probeInProcess('abacus')).toEqual({ ok: false, reason: 'There is no device "abacus".' });
  });

  it('tells the device’s own reason when it is not available', async () => {
    const answer = await probeInProcess('tensorflow-gpu');
    if (answer.ok) return;
    expect(answer.reason).toMatch(/^@tensorflow\/tfjs-node-gpu is (not )?installed/);
  });

  it('survives a library that crashes, and tells what it said', async () => {
    const answer = await trial('crash');
    expect(answer).toMatchObject({ ok: false });
    expect(answer.ok || answer.reason).toMatch(
      /^The process that tried it ended without an answer \((SIGABRT|exit code \d+)\): fatal: no such card$/,
    );
  });

  it('ends a library that hangs', async () => {
    const start = performance.now();
    expect(await trial('hang', { timeoutSeconds: 1 })).toEqual({
      ok: false,
      reason: 'It did not answer within 1 s.',
    });
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('reads the answer among what a library prints, and notices when there is none', async () => {
    expect(await trial('chatter')).toEqual({ ok: true, gigaflops: 2.5 });
    expect(await trial('silence')).toEqual({
      ok: false,
      reason: 'The process that tried it ended without an answer (exit code 0).',
    });
    expect(await trial('nonsense')).toMatchObject({ ok: false });
  });

  it('is given up when it is cancelled, before and meanwhile', async () => {
    await expect(probeInProcess('reference', AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled' });
    const stop = new AbortController();
    const hanging = probeInProcess('hang', stop.signal, {
      entry: new URL('./misbehaving-probe.ts', import.meta.url),
    });
    setTimeout(() => stop.abort(), 200);
    await expect(hanging).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('does not start another one', async () => {
    expect(await trial('nested')).toEqual({ ok: false, reason: 'A trial does not start another trial.' });
  });
});
