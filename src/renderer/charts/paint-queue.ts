/**
 * Painting in short turns. Fourteen panels, or one of 100,000 marks, take longer than a frame to paint; done in
 * one go they would hold up the pointer. Jobs wait here and are run until a turn's time is used up; then the
 * browser gets its turn. A job asked for again before it ran is run once, with the newest state.
 */

/** Paints a part; true when nothing is left to paint. */
export type PaintJob = () => boolean;

export interface PaintQueue {
  /** Paints soon; replaces what was asked for under the same key, also in the middle of it. */
  paint(key: object, job: PaintJob): void;
  forget(key: object): void;
}

/** Leaves the browser most of a 60 Hz frame for itself. */
const TURN_MS = 8;

/** `defer` runs a function after the browser has had its turn; `now` is in milliseconds. */
export function createPaintQueue(defer: (turn: () => void) => void, now: () => number, turnMs = TURN_MS): PaintQueue {
  const jobs = new Map<object, PaintJob>();
  let waiting = false;

  function wake(): void {
    if (waiting || jobs.size === 0) return;
    waiting = true;
    defer(turn);
  }

  function turn(): void {
    waiting = false;
    const end = now() + turnMs;
    for (const [key, job] of jobs) {
      // A job that has been replaced meanwhile stays; one that asked for itself again is a new one.
      if (job() && jobs.get(key) === job) jobs.delete(key);
      if (now() >= end) break;
    }
    wake();
  }

  return {
    paint: (key, job) => {
      jobs.set(key, job);
      wake();
    },
    forget: (key) => void jobs.delete(key),
  };
}

/** A message to oneself comes after what the browser has to do, and sooner than any timer. */
function afterTheBrowser(): (turn: () => void) => void {
  const channel = new MessageChannel();
  let next: (() => void) | null = null;
  channel.port1.onmessage = () => {
    const turn = next;
    next = null;
    turn?.();
  };
  return (turn) => {
    next = turn;
    channel.port2.postMessage(null);
  };
}

let shared: PaintQueue | null = null;

/** The window's one queue: panels of one picture wait for each other. */
export function paintQueue(): PaintQueue {
  shared ??= createPaintQueue(afterTheBrowser(), () => performance.now());
  return shared;
}
