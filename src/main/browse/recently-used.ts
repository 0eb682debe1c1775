/** Keeps the answers to the questions asked last. */

export interface RecentlyUsed<Value> {
  /** The kept answer, or `make`'s, which is kept; one that fails is not. */
  of(key: string, make: () => Promise<Value>): Promise<Value>;
  clear(): void;
}

export function recentlyUsed<Value>(most: number): RecentlyUsed<Value> {
  const kept = new Map<string, Promise<Value>>();
  return {
    of: (key, make) => {
      const found = kept.get(key) ?? make();
      kept.delete(key);
      kept.set(key, found);
      const oldest = kept.keys().next().value;
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
      found.catch(() => {
        if (kept.get(key) === found) kept.delete(key);
      });
      return found;
    },
    clear: () => kept.clear(),
  };
}
