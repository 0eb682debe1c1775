/** The type checks that node:util lost with Node 23 and that @tensorflow/tfjs-node-gpu 4.22 still calls. */

const isObject = (value: unknown): boolean => value !== null && typeof value === 'object';

const TYPE_CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: (value) => Array.isArray(value),
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => Buffer.isBuffer(value),
  isDate: (value) => value instanceof Date,
  isError: (value) => value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject,
  isPrimitive: (value) => !isObject(value) && typeof value !== 'function',
  isRegExp: (value) => value instanceof RegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
};

/** Adds to `util`, the module object of node:util, those that it lacks. What it has stays as it is. */
export function restoreTypeChecks(util: object): void {
  for (const [name, check] of Object.entries(TYPE_CHECKS)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: check, configurable: true, writable: true });
  }
}
