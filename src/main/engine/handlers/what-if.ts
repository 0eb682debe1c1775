/** What-if: a study's model stays placed in a thread of its own while a window asks about sets of rows. */
import { LeverageError } from '../../../shared/errors.ts';
import type { WhatIfInput } from '../../../shared/what-if.ts';
import type { Question, WhatIfAnswers } from '../../what-if/messages.ts';
import type { WhatIfSession } from '../../what-if/what-if-thread.ts';
import type { EngineContext, HandlersOf } from '../engine-context.ts';

/** A model that nobody has asked about for so long gives its memory back. */
const IDLE_MS = 10 * 60_000;
/** Models ready at once: two windows may look at two studies. */
const MOST_OPEN = 2;

interface Open {
  session: WhatIfSession;
  idle: ReturnType<typeof setTimeout>;
}

export function whatIfHandlers(context: EngineContext): HandlersOf<'whatif'> & { closeAll(): Promise<void> } {
  const { store, services, devices } = context;
  const open = new Map<string, Open>();
  const ending = new Set<Promise<void>>();
  let closing = false;

  function close(id: string): void {
    const found = open.get(id);
    if (found === undefined) return;
    clearTimeout(found.idle);
    open.delete(id);
    const gone = found.session.end().finally(() => ending.delete(gone));
    ending.add(gone);
  }

  function idleTimer(id: string): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => close(id), IDLE_MS);
    timer.unref();
    return timer;
  }

  async function sessionOf(id: string): Promise<WhatIfSession> {
    // Also of a study that is ready: it may have been deleted meanwhile.
    store.studies.get(id);
    const known = open.get(id);
    if (known !== undefined && known.session.alive) {
      clearTimeout(known.idle);
      open.delete(id);
      open.set(id, { session: known.session, idle: idleTimer(id) });
      return known.session;
    }
    if (known !== undefined) close(id);
    await devices.ready();
    if (closing) throw new LeverageError('unavailable', 'The engine is closed.', 'Start Leverage again.');
    // Another call may have opened it while the devices were tried.
    const meanwhile = open.get(id);
    if (meanwhile !== undefined) return meanwhile.session;
    const session = services.openWhatIf({ storeFile: store.file, studyId: id, device: devices.current() });
    open.set(id, { session, idle: idleTimer(id) });
    const oldest = open.keys().next().value;
    if (open.size > MOST_OPEN && oldest !== undefined) close(oldest);
    return session;
  }

  async function ask<Q extends Question>(question: Q, input: WhatIfInput<Q>): Promise<WhatIfAnswers[Q]> {
    return (await sessionOf(input.id)).ask(question, input);
  }

  return {
    'whatif.open': async (input) => {
      const { name, datasetId } = store.studies.get(input.id);
      try {
        return { ...(await ask('open', input)), studyName: name, datasetId };
      } catch (thrown) {
        // The next call opens it anew: what was missing may be there by then.
        close(input.id);
        throw thrown;
      }
    },
    'whatif.points': (input) => ask('points', input),
    'whatif.filter': (input) => ask('filter', input),
    'whatif.predict': (input) => ask('predict', input),
    'whatif.retrain': (input) => ask('retrain', input),
    'whatif.dose': (input) => ask('dose', input),
    'whatif.spectrum': (input) => ask('spectrum', input),
    'whatif.cancel': ({ id, view }) => {
      open.get(id)?.session.cancel(view);
      return null;
    },
    closeAll: async () => {
      closing = true;
      for (const id of [...open.keys()]) close(id);
      await Promise.allSettled([...ending]);
    },
  };
}
