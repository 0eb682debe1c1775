/** The page's messages. The only importer of ipcMain's type: every message is checked for its sender and its form. */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import { z } from 'zod';
import type { Answer, Engine, EngineEvent } from '../../shared/contract.ts';
import { LeverageError, toFailure } from '../../shared/errors.ts';
import { answerWindowCall } from '../../shared/window-call.ts';
import { originOf } from './app-origin.ts';
import { CHANNEL } from './channels.ts';

export interface IpcSetup {
  ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>;
  engine: Engine;
  /** The window's page, or null while there is none. */
  contents: () => WebContents | null;
  origins: readonly string[];
  /** Lets a file in and remembers it among the recent ones. */
  admit: (path: string) => ReturnType<Engine['admitFile']>;
  save: (suggestedName: string, bytes: Uint8Array) => Promise<boolean>;
}

const requestMessage = z.tuple([z.string().max(100), z.unknown()]);
/** The preload sends paths that Electron gave it for dropped or chosen File objects. */
const admitMessage = z.tuple([z.array(z.string().min(1).max(32_768)).min(1).max(8)]);
const saveMessage = z.tuple([z.string().min(1).max(255), z.instanceof(Uint8Array)]);

/** The part of an invoke event that says who sent it. */
export type Sender = Pick<IpcMainInvokeEvent, 'sender'> & {
  senderFrame: { url: string; parent: unknown } | null;
};

/** Only the top frame of the app's own window, showing a page of the app, may send. */
export function isTrustedSender(event: Sender, contents: unknown, origins: readonly string[]): boolean {
  const { sender, senderFrame } = event;
  return (
    contents !== null &&
    sender === contents &&
    senderFrame !== null &&
    senderFrame.parent === null &&
    origins.includes(originOf(senderFrame.url))
  );
}

/** Answers the page's calls and forwards the engine's events to it. Returns the way to undo that. */
export function setupIpc(setup: IpcSetup): () => void {
  const { ipcMain, engine } = setup;

  /** A handler whose answer is always a value: a message that fails a check gets a failure, never reaches the work. */
  function handle<Message>(
    channel: string,
    schema: z.ZodType<Message>,
    work: (message: Message) => Promise<Answer>,
  ): void {
    ipcMain.handle(channel, async (event, ...message: unknown[]): Promise<Answer> => {
      if (!isTrustedSender(event, setup.contents(), setup.origins)) {
        return refused(`A message on ${channel} came from outside the app’s window.`);
      }
      const parsed = schema.safeParse(message);
      if (!parsed.success) return refused(`A message on ${channel} does not have its form.`);
      try {
        return await work(parsed.data);
      } catch (thrown) {
        return { ok: false, failure: toFailure(thrown) };
      }
    });
  }

  handle(CHANNEL.request, requestMessage, ([method, input]) => answerWindowCall(engine, method, input));
  handle(CHANNEL.admit, admitMessage, async ([paths]) => ({
    ok: true,
    value: await Promise.all(paths.map((path) => setup.admit(path))),
  }));
  handle(CHANNEL.save, saveMessage, async ([name, bytes]) => ({ ok: true, value: await setup.save(name, bytes) }));

  const unsubscribe = engine.subscribe((event) => sendEvent(setup.contents(), event));
  return () => {
    unsubscribe();
    for (const channel of [CHANNEL.request, CHANNEL.admit, CHANNEL.save]) ipcMain.removeHandler(channel);
  };
}

/** Tells the page that something changed; a page that is gone needs no telling. */
export function sendEvent(contents: WebContents | null, event: EngineEvent): void {
  if (contents !== null && !contents.isDestroyed()) contents.send(CHANNEL.event, event);
}

function refused(message: string): Answer {
  return { ok: false, failure: toFailure(new LeverageError('invalidInput', message, 'Restart the app.')) };
}
