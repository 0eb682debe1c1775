/** The contract over WebSockets: calls in, answers and events out. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Engine } from '../../shared/contract.ts';
import { answerWindowCall } from '../../shared/window-call.ts';
import { createFrameReader, encodeFrames, MAX_FRAME_BYTES, type WireMessage } from '../../shared/wire.ts';

export interface Sockets {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** What one page may have sent without completing a message. Calls are small; files go by upload. */
const MAX_PENDING_BYTES = 4 * MAX_FRAME_BYTES;
/** A page this far behind gets no more progress events: the next one says it all. */
const SLOW_PAGE_BYTES = 4 * 1024 * 1024;
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

export function openSockets(engine: Engine): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });

  const unsubscribe = engine.subscribe((event) => {
    const frames = encodeFrames({ kind: 'event', event });
    const passing = event.type === 'study.progress' || event.type === 'import.progress';
    for (const socket of server.clients) {
      if (passing && socket.bufferedAmount > SLOW_PAGE_BYTES) continue;
      sendFrames(socket, frames);
    }
  });

  server.on('connection', (socket) => {
    const read = createFrameReader(MAX_PENDING_BYTES);
    socket.binaryType = 'nodebuffer';
    // An error of one connection (reset, oversized frame) closes that connection; the page reconnects.
    socket.on('error', () => socket.terminate());
    socket.on('message', (data, isBinary) => {
      const message = isBinary && Buffer.isBuffer(data) ? readOrNull(read, data) : null;
      if (message === 'more') return;
      if (message === null || message.kind !== 'call') {
        socket.close(POLICY_VIOLATION, 'not a call of the contract');
        return;
      }
      void answer(socket, message.id, message.method, message.input);
    });
  });

  async function answer(socket: WebSocket, id: number, method: string, input: unknown): Promise<void> {
    sendFrames(socket, encodeFrames({ kind: 'answer', id, answer: await answerWindowCall(engine, method, input) }));
  }

  return {
    accept(request, socket, head) {
      server.handleUpgrade(request, socket, head, (accepted) => server.emit('connection', accepted, request));
    },
    close() {
      unsubscribe();
      for (const socket of server.clients) socket.close(GOING_AWAY, 'Leverage has stopped');
      server.close();
    },
  };
}

function readOrNull(read: (frame: Uint8Array) => WireMessage | null, frame: Uint8Array): WireMessage | 'more' | null {
  try {
    return read(frame) ?? 'more';
  } catch {
    // The caller closes the connection with a reason: the page is not one of ours.
    return null;
  }
}

function sendFrames(socket: WebSocket, frames: readonly Uint8Array[]): void {
  if (socket.readyState !== socket.OPEN) return;
  for (const frame of frames) socket.send(frame);
}
