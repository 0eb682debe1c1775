/**
 * Where a text stops being JSON. JSON.parse says that something is wrong but, in
 * several of its messages, not where; people need the line and the column.
 */

export interface JsonFault {
  line: number;
  column: number;
  /** "a value is missing", as the end of a sentence. */
  reason: string;
}

/** The first fault of `text`, or null when it is JSON. Lines and columns count from 1. */
export function jsonFault(text: string): JsonFault | null {
  const fault = scan(text);
  if (fault === null) return null;
  const before = text.slice(0, fault.index).split('\n');
  return { line: before.length, column: before[before.length - 1].length + 1, reason: fault.reason };
}

interface Fault {
  index: number;
  reason: string;
}

class FaultFound extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.reason);
    this.fault = fault;
  }
}

function scan(text: string): Fault | null {
  let at = 0;
  const fail = (reason: string, index = at): never => {
    throw new FaultFound({
      index,
      reason: index >= text.length ? `the file ends where ${expectation(reason)}` : reason,
    });
  };
  const blank = () => {
    while (at < text.length && ' \t\r\n'.includes(text[at])) at++;
  };
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return false;
    at += found[0].length;
    return true;
  };
  const string = () => {
    const start = at;
    if (take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y)) return;
    at = start + 1;
    take(/(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y);
    fail(text[at] === '\\' ? 'this escape is not one of JSON' : 'the text that began before has no closing quote');
  };
  const list = (close: string, item: () => void) => {
    at++;
    blank();
    if (text[at] === close) return void at++;
    for (;;) {
      item();
      blank();
      if (text[at] === close) return void at++;
      if (text[at] !== ',') fail(`"," or "${close}" is expected`);
      const comma = at++;
      blank();
      if (text[at] === close) fail(`there is a comma before "${close}"`, comma);
    }
  };
  const member = () => {
    if (text[at] !== '"') fail('a field name in double quotes is expected');
    string();
    blank();
    if (text[at] !== ':') fail('":" is expected after the field name');
    at++;
    value();
  };
  const value = (): void => {
    blank();
    const first = text[at];
    if (first === '{') list('}', member);
    else if (first === '[') list(']', value);
    else if (first === '"') string();
    else if (take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y) || take(/(?:true|false|null)(?!\w)/y))
      return;
    else if (text.startsWith('//', at) || text.startsWith('/*', at)) fail('JSON has no comments');
    else if (first === "'") fail('JSON wants double quotes');
    else fail('a value is expected');
  };
  try {
    value();
    blank();
    if (at < text.length) fail('nothing more is expected');
    return null;
  } catch (thrown) {
    if (thrown instanceof FaultFound) return thrown.fault;
    throw thrown;
  }
}

function expectation(reason: string): string {
  return reason.startsWith('the text that')
    ? reason
    : reason.replace(/^there is a comma before/, 'a value should follow the comma before');
}
