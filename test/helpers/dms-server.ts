import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DmsStandIn } from './dms-stand-in.ts';

/** What the service does with the next request instead of answering it. */
export type Trouble =
  /** Says nothing at all. */
  | 'hang'
  /** Breaks the connection off, before it did anything. */
  | 'cut'
  /** Does what it is asked to, and breaks the connection off. */
  | 'cut-after'
  /** An error of its own, without a body that could be read. */
  | 'fail';

/** DMS behind a socket, in the protocol that the SDK speaks to it. */
export interface DmsServer {
  readonly url: string;
  /** Names of the actions that were asked for, with what was asked, in order. */
  readonly asked: readonly { readonly action: string; readonly input: Readonly<Record<string, unknown>> }[];
  /** Meets the next requests for actions of this name, one each. */
  trouble(action: RegExp, ...next: Trouble[]): void;
  close(): Promise<void>;
}

/**
 * Puts the stand-in of DMS behind HTTP on this machine: AWS JSON 1.1, so that requests and answers take the shapes that
 * the SDK gives them. An instant is a number of seconds there.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export async function startDmsServer(dms: DmsStandIn): Promise<DmsServer> {
  const asked: { action: string; input: Record<string, unknown> }[] = [];
  const troubles: { readonly action: RegExp; readonly trouble: Trouble }[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const action = String(request.headers['x-amz-target']).replace(/^AmazonDMSv20160101\./, '');
    const input = JSON.parse(await bodyOf(request)) as Record<string, unknown>;
    const at = troubles.findIndex((one) => one.action.test(action));
    const trouble = at < 0 ? null : troubles.splice(at, 1)[0]!.trouble;
    if (trouble === 'hang') return;
    if (trouble === 'cut') return void request.socket.destroy();
    if (trouble === 'fail') return void response.writeHead(500).end('<html>');
    asked.push({ action, input });
    const command = { constructor: { name: `${action}Command` }, input };
    const send = dms.sender.send as unknown as (command: unknown) => Promise<unknown>;
    const [status, answer] = await send(command).then(
      (output) => [200, output] as const,
      (error: Error) => [400, { __type: error.name, message: error.message }] as const,
    );
    if (trouble === 'cut-after') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(toJson(answer));
  };
  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    trouble: (action, ...next) => {
      troubles.push(...next.map((trouble) => ({ action, trouble })));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function toJson(answer: unknown): string {
  return JSON.stringify(answer, function (this: Record<string, unknown>, key: string, value: unknown) {
    const original = this[key];
    return original instanceof Date ? original.getTime() / 1000 : value;
  });
}
