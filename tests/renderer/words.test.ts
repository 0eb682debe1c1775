import { describe, expect, it } from 'vitest';
import { deviceWords } from '../../src/renderer/state/device-words.ts';
import { restartWords } from '../../src/renderer/state/restart-words.ts';

describe('what a restart is called', () => {
  it('a lost connection that is back is no failure of the engine', () => {
    expect(restartWords('The connection to Leverage is back.', 'Digits')).toMatchObject({ tone: 'good', final: false });
  });

  it('a killed engine names the study to resume, if one was running', () => {
    expect(restartWords('signal SIGKILL', 'Digits').hint).toContain('“Digits”');
    expect(restartWords('signal SIGKILL', null).hint).not.toContain('resume');
  });

  it('an engine given up is final', () => {
    const words = restartWords('exit code 1; it failed 4 times and was given up', null);
    expect(words).toMatchObject({ final: true });
    expect(words.message).toContain('exit code 1; it failed 4 times');
  });
});

it('a device is named with its precision once', () => {
  expect(deviceWords({ title: 'ONNX Runtime CPU · float64 · 2 threads', precision: 'float64' })).toBe(
    'ONNX Runtime CPU · float64 · 2 threads',
  );
  expect(deviceWords({ title: 'Reference (TypeScript)', precision: 'float64' })).toBe(
    'Reference (TypeScript) · float64',
  );
});
