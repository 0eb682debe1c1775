/** Calls by name: the input is validated by the contract's table before a handler sees it. */
import { contract, type Input, type Method, type Output, type ParsedInput } from '../../shared/contract.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import { deepestIssue } from '../../shared/study-spec.ts';
import { storageError } from '../store/storage-errors.ts';
import type { Handlers } from './engine-context.ts';

/** Methods that only read: all that a read-only engine answers. */
const READING: ReadonlySet<Method> = new Set<Method>([
  'app.info',
  'devices.list',
  'settings.get',
  'datasets.list',
  'datasets.get',
  'datasets.rows',
  'datasets.preview',
  'browse.columns',
  'browse.rows',
  'browse.heads',
  'browse.row',
  'browse.position',
  'groups.list',
  'groups.measure',
  'groups.members',
  'groups.overlap',
  'groups.expect',
  'studies.list',
  'studies.get',
  'studies.plan',
  'studies.effects',
  'studies.groups',
  'studies.group',
  'studies.sharedMembers',
  'studies.matchGroups',
  'studies.testPoint',
  'studies.training',
  'studies.bundle',
  'studies.influences',
  'theory.study',
  'theory.group',
  'theory.cancel',
  'paper.figures',
  'paper.figure',
  'attribution.methods',
  'attribution.plan',
  'attribution.list',
  'attribution.get',
  'attribution.points',
  'attribution.rows',
  'whatif.open',
  'whatif.points',
  'whatif.filter',
  'whatif.predict',
  'whatif.retrain',
  'whatif.dose',
  'whatif.spectrum',
  'whatif.cancel',
]);

export function isMethod(name: string): name is Method {
  return Object.hasOwn(contract, name);
}

/** Validates and answers. Rejects with LeverageError: 'invalidInput' names the field. */
export async function dispatch<M extends Method>(
  handlers: Handlers,
  store: { file: string; readOnly: boolean },
  method: M,
  input: Input<M>,
): Promise<Output<M>> {
  if (!isMethod(method)) {
    throw invalidInput(
      `There is no procedure "${String(method)}".`,
      'The procedures are those of src/shared/contract.ts.',
    );
  }
  const parsed = parseInput(method, input);
  if (store.readOnly && !READING.has(method)) {
    throw new LeverageError(
      'unavailable',
      `"${method}" changes the store ${store.file}, which is open for reading only.`,
      'Close the other Leverage that is using it, and try again.',
    );
  }
  const handler: (input: ParsedInput<M>) => Output<M> | Promise<Output<M>> = handlers[method];
  try {
    return await handler(parsed);
  } catch (thrown) {
    throw storageError(thrown, store.file);
  }
}

function parseInput<M extends Method>(method: M, input: unknown): ParsedInput<M> {
  const parsed = contract[method].input.safeParse(input);
  if (parsed.success) return parsed.data as ParsedInput<M>;
  const issue = deepestIssue(parsed.error.issues);
  const field = issue.path.length === 0 ? 'the input' : `field "${issue.path.join('.')}"`;
  throw invalidInput(`${method}: ${field}: ${issue.message}.`, 'Correct the field and try again.');
}
