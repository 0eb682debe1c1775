/**
 * JSON that keeps the numbers JSON has no word for. A correlation of constants is NaN
 * and a bound may be infinite; plain JSON would silently turn both into null.
 */

const MARK = '$number';

export function toExactJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'number' && !Number.isFinite(entry) ? { [MARK]: String(entry) } : entry,
  );
}

/** The caller says which type it wrote: only this program writes these texts. */
export function fromExactJson<T>(text: string): T {
  return JSON.parse(text, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && MARK in entry ? Number(entry[MARK]) : entry,
  ) as T;
}
