/** A call from a window, as its host answers it: the gate that every such call passes, in Electron and under `serve`. */
import { contract, HEADLESS_ONLY, type Answer, type Engine, type Input, type Method } from './contract.ts';
import { LeverageError, toFailure } from './errors.ts';

/**
 * Checks a window's call against the contract, passes it to the engine and answers.
 * Never throws: an unknown or headless-only method, an input that does not fit its schema and
 * a failure of the engine all come back as `{ ok: false, failure }`.
 */
export async function answerWindowCall(engine: Engine, method: unknown, input: unknown): Promise<Answer> {
  try {
    const known = windowMethod(method);
    const parsed = contract[known].input.safeParse(input);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = issue === undefined || issue.path.length === 0 ? 'its input' : `"${issue.path.join('.')}"`;
      throw new LeverageError('invalidInput', `${known}: ${field} is refused: ${issue?.message ?? 'it does not fit'}.`);
    }
    // The schema has just been checked; TypeScript can not tie it to the one method.
    return { ok: true, value: await engine.call(known, parsed.data as Input<Method>) };
  } catch (thrown) {
    return { ok: false, failure: toFailure(thrown) };
  }
}

function windowMethod(method: unknown): Method {
  if (typeof method !== 'string' || !Object.hasOwn(contract, method)) {
    throw new LeverageError('invalidInput', `There is no method ${JSON.stringify(method)?.slice(0, 80)}.`);
  }
  const known = method as Method;
  if (HEADLESS_ONLY.has(known)) {
    throw new LeverageError(
      'invalidInput',
      `${known} can be called from the command line only, because it takes paths.`,
    );
  }
  return known;
}
