/**
 * The bridge of a page that `serve` hands out: the contract over a WebSocket that
 * reconnects, files by upload, exports by download.
 */
import type { Answer, Bridge, EngineEvent, FileHandle } from '../../shared/contract.ts';
import { LeverageError, type Failure } from '../../shared/errors.ts';
import { createFrameReader, encodeFrames } from '../../shared/wire.ts';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** How long a call waits for a connection before it fails. */
const CONNECT_PATIENCE_MS = 10_000;

const LOST: Failure = {
  kind: 'unavailable',
  message: 'The connection to Leverage was lost before it answered.',
  hint: 'It reconnects by itself while the program runs; if it was stopped, start it again and open the address that it prints.',
};

const ABSENT: Failure = {
  kind: 'unavailable',
  message: 'Leverage does not answer.',
  hint: 'Start it again and open the address that it prints; what was stored is kept.',
};

interface PendingCall {
  settle(answer: Answer): void;
}

/** Connects at once. One per page. */
export function connectLoopback(): Bridge {
  const listeners = new Set<(event: EngineEvent) => void>();
  const pending = new Map<number, PendingCall>();
  let nextId = 1;
  let socket: WebSocket | null = null;
  let waiters: (() => void)[] = [];
  let retryMs = FIRST_RETRY_MS;
  let connectedBefore = false;

  function connect(): void {
    const opening = new WebSocket(`ws://${location.host}/socket`);
    const read = createFrameReader();
    opening.binaryType = 'arraybuffer';
    opening.onopen = () => {
      socket = opening;
      retryMs = FIRST_RETRY_MS;
      for (const wake of waiters.splice(0)) wake();
      // Events may have been missed meanwhile: the same remedy as after a restart of the engine, fetch anew.
      if (connectedBefore) emit({ type: 'engine.restarted', reason: 'The connection to Leverage is back.' });
      connectedBefore = true;
    };
    opening.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const message = read(new Uint8Array(data));
      if (message?.kind === 'event') emit(message.event);
      if (message?.kind === 'answer') pending.get(message.id)?.settle(message.answer);
    };
    opening.onclose = () => {
      socket = null;
      for (const call of [...pending.values()]) call.settle({ ok: false, failure: LOST });
      setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    };
  }

  function emit(event: EngineEvent): void {
    for (const listener of [...listeners]) listener(event);
  }

  /** Resolves with an open socket, or null when none came in time. */
  function connected(): Promise<WebSocket | null> {
    if (socket !== null) return Promise.resolve(socket);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        waiters = waiters.filter((waiter) => waiter !== wake);
        resolve(null);
      }, CONNECT_PATIENCE_MS);
      const wake = (): void => {
        clearTimeout(timer);
        resolve(socket);
      };
      waiters.push(wake);
    });
  }

  connect();

  return {
    host: 'serve',

    async request(method, input) {
      const open = await connected();
      if (open === null) return { ok: false, failure: ABSENT };
      const id = nextId++;
      return new Promise<Answer>((resolve) => {
        pending.set(id, {
          settle(answer) {
            pending.delete(id);
            resolve(answer);
          },
        });
        for (const frame of encodeFrames({ kind: 'call', id, method, input })) open.send(frame);
      });
    },

    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },

    async admitFiles(files, onProgress) {
      const total = files.reduce((sum, file) => sum + file.size, 0);
      const handles: FileHandle[] = [];
      let before = 0;
      for (const file of files) {
        handles.push(await upload(file, (sent) => onProgress?.(total === 0 ? 1 : (before + sent) / total)));
        before += file.size;
      }
      onProgress?.(1);
      return handles;
    },

    saveFile(suggestedName, bytes) {
      const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)]));
      const link = document.createElement('a');
      link.href = url;
      link.download = suggestedName;
      link.click();
      // The browser has taken the bytes once the download has begun, which it does not report.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      return Promise.resolve(true);
    },
  };
}

/** XMLHttpRequest, because fetch does not report how much has been sent. */
function upload(file: File, onSent: (bytes: number) => void): Promise<FileHandle> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/files?name=${encodeURIComponent(file.name)}`);
    request.responseType = 'json';
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      if (request.status === 200) resolve(request.response as FileHandle);
      else reject(uploadFailure(file.name, request.response));
    };
    request.onerror = () => reject(uploadFailure(file.name, null));
    request.send(file);
  });
}

function uploadFailure(name: string, response: unknown): LeverageError {
  const failure = response as Partial<Failure> | null;
  return new LeverageError(
    failure?.kind ?? 'unavailable',
    failure?.message ?? `${name} could not be handed over: the connection to Leverage broke.`,
    failure?.hint ?? 'Drop the file again.',
  );
}
