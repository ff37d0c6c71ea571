import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, createAccess } from './access.ts';
import type { Certificate } from './certificate.ts';
import { answerCall, methodName, thriftClient } from './driver-parts.ts';
import { createFaultPlan, type Fault, type Faults } from './faults.ts';
import { createFilesService, type FilesService, filesCall, volumePath } from './files-service.ts';
import type { StatementRecord } from './operations.ts';
import { createPower, type Power } from './power.ts';
import { answerRest, restCall } from './rest-service.ts';
import { HTTP_PATH, WAREHOUSE_ID } from './spark-server.ts';
import { createThriftService, type ThriftService } from './thrift-service.ts';

/** The server that makes a Spark Thrift server look like a Databricks workspace with one SQL warehouse. */
export interface Bridge {
  readonly port: number;
  readonly access: Access;
  readonly power: Power;
  readonly faults: Faults;
  readonly files: FilesService;
  readonly statements: StatementRecord[];
  readonly userAgents: Set<string>;
  loseSessions(): Promise<void>;
  close(): Promise<void>;
}

interface Workspace {
  readonly access: Access;
  readonly power: Power;
  readonly faults: ReturnType<typeof createFaultPlan>;
  readonly files: FilesService;
  readonly thrift: ThriftService;
  readonly userAgents: Set<string>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
}

/** Starts a bridge on a free port of loopback, before the Spark server on `sparkPort`. */
export async function startBridge(sparkPort: number, certificate: Certificate): Promise<Bridge> {
  const user = `Basic ${Buffer.from('token:').toString('base64')}`;
  const workspace: Workspace = {
    access: createAccess(),
    power: createPower(),
    faults: createFaultPlan(),
    files: createFilesService(),
    thrift: createThriftService(thriftClient(`http://127.0.0.1:${sparkPort}${HTTP_PATH}`, user)),
    userAgents: new Set(),
  };
  const { pfx, passphrase } = certificate;
  const server = createServer({ pfx, passphrase }, (request, response) => {
    readBody(request)
      .then((body) => answer(workspace, { request, response, body }))
      .catch(() => cut(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { access, power, faults, files, thrift, userAgents } = workspace;
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    port,
    access,
    power,
    faults,
    files,
    statements: thrift.statements,
    userAgents,
    loseSessions: thrift.loseSessions,
    close,
  };
}

const RETRY_AFTER_SECONDS = 1;

async function answer(workspace: Workspace, exchange: Exchange): Promise<void> {
  const { request, response, body } = exchange;
  workspace.userAgents.add(request.headers['user-agent'] ?? '');
  const path = new URL(request.url ?? '/', 'https://bench').pathname;
  const rest = restCall(request.method ?? '', path, WAREHOUSE_ID);
  const isThrift = request.method === 'POST' && path === HTTP_PATH;
  if (rest === null && !isThrift) return refuse(response, 404, `There is nothing at ${path}`);
  const text = filesCall(request.method ?? '', path) === null ? body.toString() : volumePath(path);
  const fault = workspace.faults.take(rest ?? methodName(body), text);
  if (fault?.delayMs) await sleep(fault.delayMs);
  if (fault?.dropConnection) return cut(response);
  if (fault?.httpStatus)
    return refuse(response, fault.httpStatus, fault.message ?? '', fault.retryAfterSeconds);
  if (rest === null) return answerThrift(workspace, exchange, fault);
  const reply = await answerRest(rest, exchange, { ...workspace, warehouseId: WAREHOUSE_ID });
  if (fault?.dropReply) return cut(response);
  response.writeHead(reply.status, reply.headers).end(reply.body);
}

async function answerThrift(workspace: Workspace, exchange: Exchange, fault: Fault | null): Promise<void> {
  const { access, power, thrift } = workspace;
  const { request, response, body } = exchange;
  if (!access.allows(request.headers.authorization)) return refuse(response, 401, 'Invalid access token');
  if (power.state() !== 'RUNNING') {
    power.start();
    return refuse(response, 503, 'TEMPORARILY_UNAVAILABLE: the warehouse is starting', RETRY_AFTER_SECONDS);
  }
  const context = { userAgent: request.headers['user-agent'] ?? '', fault };
  const reply = await answerCall(body, thrift.handler(context)).catch(() => null);
  if (fault?.dropReply) return cut(response);
  if (reply === null)
    return refuse(response, 503, 'TEMPORARILY_UNAVAILABLE: the warehouse is gone', RETRY_AFTER_SECONDS);
  response.writeHead(200, { 'content-type': 'application/x-thrift' }).end(reply);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function cut(response: ServerResponse): void {
  response.destroy();
}

/** An answer that is none, in the way of Databricks: the reason is in a header. */
function refuse(response: ServerResponse, status: number, reason: string, retryAfterSeconds?: number): void {
  const headers: Record<string, string> = { 'x-thriftserver-error-message': reason };
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  response.writeHead(status, headers).end(reason);
}
