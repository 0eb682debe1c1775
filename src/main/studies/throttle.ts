/** Lets values through at most once per interval; the last one always arrives. */
export interface Throttle<T> {
  push(value: T): void;
  /** Sends what is waiting, at once. */
  flush(): void;
}

export function throttled<T>(send: (value: T) => void, intervalMs: number): Throttle<T> {
  let lastSent = -Infinity;
  let waiting: { value: T } | null = null;
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting === null) return;
    const { value } = waiting;
    waiting = null;
    lastSent = performance.now();
    send(value);
  }

  return {
    push: (value) => {
      waiting = { value };
      const pause = lastSent + intervalMs - performance.now();
      if (pause <= 0) flush();
      else timer ??= setTimeout(flush, pause).unref();
    },
    flush,
  };
}
