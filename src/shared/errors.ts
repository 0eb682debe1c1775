/**
 * Every failure a person can meet, as a value: what happened and what to do.
 * Code throws `LeverageError`; boundaries (CLI, transport, window) show `failure`.
 */

export type FailureKind =
  /** The user's file, field or option is wrong. CLI exit status 2. */
  | 'invalidInput'
  /** Something named by id or path does not exist. */
  | 'notFound'
  /** The user (or a signal) stopped the work; what was done is kept. CLI exit status 130. */
  | 'cancelled'
  /** A device, library, browser or permission that is needed is not there. */
  | 'unavailable'
  /** The computation could not be completed to the requested accuracy. */
  | 'numerical'
  /** The store could not be opened, read or written. */
  | 'storage'
  /** A defect of this program. */
  | 'internal';

export interface Failure {
  kind: FailureKind;
  /** One sentence: what is wrong, and where (file, line, column, array, field). */
  message: string;
  /** One sentence: what to do about it. Empty when the message says it all. */
  hint: string;
}

export class LeverageError extends Error implements Failure {
  readonly kind: FailureKind;
  readonly hint: string;

  constructor(kind: FailureKind, message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'LeverageError';
    this.kind = kind;
    this.hint = hint;
  }
}

export function invalidInput(message: string, hint = ''): LeverageError {
  return new LeverageError('invalidInput', message, hint);
}

/** Any thrown thing as a `Failure`; unknown errors become `internal` with their message kept. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof LeverageError) return { kind: thrown.kind, message: thrown.message, hint: thrown.hint };
  if (isFailure(thrown)) return { kind: thrown.kind, message: thrown.message, hint: thrown.hint };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { kind: 'internal', message, hint: 'This is a defect of the program; what was stored before it is kept.' };
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'kind' in value && 'hint' in value && 'message' in value;
}
