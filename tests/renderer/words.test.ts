import { describe, expect, it } from 'vitest';
import { deviceWords } from '../../src/renderer/state/device-words.ts';
import { restartWords } from '../../src/renderer/state/restart-words.ts';
import { currentStage } from '../../src/renderer/views/study/current-stage.ts';
import { STAGES, type StudyProgress, type StudyStatus, type StudySummary } from '../../src/shared/study.ts';

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

describe('the stage a study is at', () => {
  const study = (status: StudyStatus, groupsDone = 0) => ({ status, groupsDone }) as StudySummary;
  const progress = { stage: 'groups' } as StudyProgress;

  it('is what the progress says while it runs', () => {
    expect(currentStage(study('running'), progress, {})).toBe(STAGES.indexOf('groups'));
    expect(currentStage(study('done'), null, {})).toBe(STAGES.length);
  });

  it('is told from what is stored after a reload or a stop', () => {
    expect(currentStage(study('running'), null, {})).toBe(0);
    expect(currentStage(study('running'), null, { load: 0.1, fit: 2 })).toBe(STAGES.indexOf('groups'));
    expect(currentStage(study('interrupted', 50), null, { load: 0.1 })).toBe(STAGES.indexOf('retrain'));
    expect(currentStage(study('cancelled', 50), progress, {})).toBe(STAGES.indexOf('retrain'));
  });
});
