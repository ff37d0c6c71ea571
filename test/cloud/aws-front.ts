import { once } from 'node:events';
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request for a service of AWS. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query, encoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** As in a signature's scope: `s3`, `sqs`, `secretsmanager`. */
  readonly service: string;
  /** The action of a service that speaks JSON, `SendMessageBatch`; empty for S3. */
  readonly action: string;
}

export interface AwsReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Where requests go on to. Null cuts the connection in place of an answer. */
export type Onward = (request: AwsRequest) => Promise<AwsReply | null>;

/** Something on the way: it may answer itself, change what passes, or do something besides. */
export type Station = (request: AwsRequest, onward: Onward) => Promise<AwsReply | null>;

/** One address for all services, before a server that stands for them. */
export interface AwsFront {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Passes every request through the stations, the first first, to the server. Bodies are held in memory. */
export async function startAwsFront(server: string, stations: readonly Station[]): Promise<AwsFront> {
  const agent = new Agent({ keepAlive: true });
  const last: Onward = (asked) => forward(server, asked, agent);
  const way = stations.reduceRight<Onward>((onward, station) => (asked) => station(asked, onward), last);
  const front = createServer(async (incoming, response) => {
    try {
      const reply = await way(await readRequest(incoming));
      if (reply === null) return response.destroy();
      const { 'transfer-encoding': _, connection: __, ...headers } = reply.headers;
      const isHead = incoming.method === 'HEAD';
      response.writeHead(reply.status, {
        ...headers,
        ...(isHead ? {} : { 'content-length': reply.body.length }),
      });
      response.end(isHead ? undefined : reply.body);
    } catch {
      response.destroy();
    }
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    close: async () => {
      front.closeAllConnections();
      front.close();
      agent.destroy();
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<AwsRequest> {
  const { method = '', url = '', headers } = incoming;
  const target = String(headers['x-amz-target'] ?? '');
  const scope = /Credential=[^/]+\/[^/]+\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '');
  return {
    method,
    url,
    headers,
    body: await buffer(incoming),
    service: scope?.[1] ?? '',
    action: target.slice(target.lastIndexOf('.') + 1),
  };
}

async function forward(
  server: string,
  { method, url, headers, body }: AwsRequest,
  agent: Agent,
): Promise<AwsReply> {
  const { 'transfer-encoding': _, connection: __, expect: ___, ...passed } = headers;
  const sent = request(new URL(server), {
    method,
    path: url,
    agent,
    headers: { ...passed, 'content-length': body.length },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 502, headers: response.headers, body: await buffer(response) };
}
