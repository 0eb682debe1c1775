/** The app in a browser: pages, uploads and the contract on one loopback port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { SECURITY_HEADERS } from '../../shared/content-policy.ts';
import type { Engine } from '../../shared/contract.ts';
import { LeverageError, toFailure } from '../../shared/errors.ts';
import { accessCookie, judgeRequest, newToken, type Access } from './access.ts';
import { sendJson, sendPage, sendText } from './pages.ts';
import { openSockets } from './sockets.ts';
import { openUploads, type Uploads } from './uploads.ts';

export interface ServerOptions {
  engine: Engine;
  /** The built pages (out/renderer). */
  rendererFolder: string;
  /** 0 (the default) lets the system choose. */
  port?: number;
  /** For tests; a fresh 256-bit secret otherwise. */
  token?: string;
}

export interface RunningServer {
  /** With the secret: whoever has it may use the app. */
  url: string;
  port: number;
  /** Stops listening, ends connections, removes uploaded files. Leaves the engine to its owner. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const SOCKET_PATH = '/socket';
const UPLOAD_PATH = '/files';

/** Starts listening on 127.0.0.1. Throws LeverageError 'unavailable' when the port is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { engine, rendererFolder } = options;
  const server = createServer();
  const port = await listen(server, options.port ?? 0);
  const access: Access = { token: options.token ?? newToken(), cookieName: `leverage-${port}` };
  const uploads = await openUploads(engine);
  const sockets = openSockets(engine);
  // A large file over a slow tunnel takes longer than Node's five minutes.
  server.requestTimeout = 0;

  server.on('request', (request, response) => {
    handle(request, response).catch((thrown: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, toFailure(thrown));
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const verdict = judgeRequest(headOf(request, true), access);
    if (verdict.kind !== 'allow' || request.url !== SOCKET_PATH) {
      refuseUpgrade(socket, verdict.kind === 'refuse' ? verdict.sentence : 'There is no such connection.');
      return;
    }
    sockets.accept(request, socket, head);
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const head = headOf(request, false);
    const verdict = judgeRequest(head, access);
    if (verdict.kind === 'refuse') return sendText(response, 403, verdict.sentence);
    if (verdict.kind === 'exchange') return sendExchange(response, access, verdict.viaPage);
    if (head.method === 'POST' && pathOf(head.target) === UPLOAD_PATH) return receive(uploads, request, response);
    if (head.method === 'GET' || head.method === 'HEAD')
      return sendPage(rendererFolder, head.target, head.method, response);
    sendText(response, 405, 'This address takes no such request.');
  }

  return {
    url: `http://${HOST}:${port}/?token=${access.token}`,
    port,
    async close() {
      sockets.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await uploads.close();
    },
  };
}

async function receive(uploads: Uploads, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = new URLSearchParams(request.url?.split('?', 2)[1] ?? '').get('name') ?? '';
  try {
    sendJson(response, 200, await uploads.receive(request, name));
  } catch (thrown) {
    if (request.destroyed && !request.complete) return;
    const failure = toFailure(thrown);
    // The rest of the body is not read: the connection can not carry another request.
    response.setHeader('Connection', 'close');
    sendJson(response, failure.kind === 'invalidInput' ? 400 : 507, failure);
  }
}

function sendExchange(response: ServerResponse, access: Access, viaPage: boolean): void {
  const headers = { ...SECURITY_HEADERS, 'Set-Cookie': accessCookie(access), 'Cache-Control': 'no-store' };
  if (!viaPage) {
    response.writeHead(303, { ...headers, Location: '/' });
    response.end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Type': 'text/html; charset=utf-8' });
  response.end(
    '<!doctype html><title>Leverage</title><meta http-equiv="refresh" content="0;url=/"><a href="/">Open Leverage</a>\n',
  );
}

function headOf(request: IncomingMessage, upgrade: boolean) {
  return { method: request.method ?? '', target: request.url ?? '', headers: request.headers, upgrade };
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? '';
}

function refuseUpgrade(socket: Duplex, sentence: string): void {
  const body = `${sentence}\n`;
  socket.end(
    `HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Listens and answers with the port. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const what =
        cause.code === 'EADDRINUSE'
          ? `Port ${port} is already in use`
          : `Port ${port} can not be opened (${cause.message})`;
      reject(new LeverageError('unavailable', `${what}.`, 'Choose another with --port, or leave it out.', { cause }));
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      if (address === null || typeof address === 'string')
        reject(new LeverageError('internal', 'The server has no port.'));
      else resolve(address.port);
    });
  });
}
