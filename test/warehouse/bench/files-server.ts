import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, createAccess } from './access.ts';
import { createFaultPlan, type Faults } from './faults.ts';
import {
  createFilesService,
  type FilesService,
  type FilesServiceOptions,
  filesCall,
  volumePath,
} from './files-service.ts';
import { json, type RestReply } from './rest-reply.ts';

/** The Files API alone, without Spark and without TLS. Content is streamed, so files may be of any size. */
export interface FilesServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly files: FilesService;
  readonly access: Access;
  readonly faults: Faults;
  close(): Promise<void>;
}

/** Starts the service on a free port of loopback. It shows nothing until a folder is mounted. */
export async function startFilesServer(options: FilesServiceOptions = {}): Promise<FilesServer> {
  const workspace = {
    files: createFilesService(options),
    access: createAccess(),
    faults: createFaultPlan(),
  };
  const server = createServer((request, response) => {
    answer(workspace, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { ...workspace, url: `http://127.0.0.1:${port}`, close };
}

type Workspace = Pick<FilesServer, 'files' | 'access'> & {
  readonly faults: ReturnType<typeof createFaultPlan>;
};

async function answer(
  { files, access, faults }: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://bench');
  const call = filesCall(request.method ?? '', path);
  if (call === null) return send(response, json(404, { error_code: 'ENDPOINT_NOT_FOUND', message: path }));
  const fault = faults.take(call, volumePath(path));
  if (fault?.delayMs) await sleep(fault.delayMs);
  if (fault?.dropConnection) return void response.destroy();
  if (fault?.httpStatus) return send(response, faultReply(fault));
  if (!access.allows(request.headers.authorization)) {
    return send(response, json(401, { error_code: 'UNAUTHENTICATED', message: 'Invalid token.' }));
  }
  const reply = await files.answer(call, { path, query, headers: request.headers, body: request });
  if (fault?.dropReply) return void response.destroy();
  send(response, reply);
}

function faultReply(fault: { httpStatus?: number; message?: string; retryAfterSeconds?: number }): RestReply {
  const reply = json(fault.httpStatus ?? 500, { error_code: 'FAULT', message: fault.message ?? '' });
  const wait = fault.retryAfterSeconds;
  return wait === undefined
    ? reply
    : { ...reply, headers: { ...reply.headers, 'retry-after': String(wait) } };
}

function send(response: ServerResponse, { status, headers, body }: RestReply): void {
  response.writeHead(status, headers).end(body);
}
