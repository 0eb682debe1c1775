import { expect, it } from 'vitest';
import { refuseBeyondTrainable } from '../../src/main/studies/trainable-limits.ts';
import { parseStudySpec, type StudySpecInput } from '../../src/shared/study-spec.ts';

const spec = (more: Partial<StudySpecInput>) => parseStudySpec({ dataset: { sample: 'breast-cancer' }, ...more });
const ridge = { kind: 'ridge' } as const;

it('refuses of other models what only logistic regression knows, by the field that asks for it', () => {
  expect(() => refuseBeyondTrainable(spec({ model: ridge, estimators: ['influence', 'newton2'] }))).toThrow(
    /field "estimators"/,
  );
  expect(() => refuseBeyondTrainable(spec({ model: ridge, effect: 'add' }))).toThrow(/field "effect"/);
  expect(() => refuseBeyondTrainable(spec({ model: ridge, analyses: [{ kind: 'pairs' }] }))).toThrow(
    /field "analyses"/,
  );
});

it('lets pass what they know, and anything of logistic regression', () => {
  expect(() => refuseBeyondTrainable(spec({ model: ridge }))).not.toThrow();
  expect(() => refuseBeyondTrainable(spec({ effect: 'add', estimators: ['newton2', 'actual'] }))).not.toThrow();
});
