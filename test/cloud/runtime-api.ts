import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One call of a function, as the Runtime API hands it over. */
export interface Invocation {
  readonly requestId: string;
  readonly event: unknown;
  /** Milliseconds since 1970 at which the call is ended. */
  readonly deadlineMs: number;
  readonly functionArn: string;
}

/** What a function posted of a call, or of its own start. */
export type Posted =
  | { readonly kind: 'answered'; readonly payload: unknown }
  | { readonly kind: 'failed'; readonly errorType: string; readonly errorMessage: string };

/** The Runtime API of Lambda for one process. */
export interface RuntimeApi {
  /** For `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** True while the process waits for work. */
  readonly isWaited: () => boolean;
  /** Hands one call over, as soon as the process asks. Never settles when the process ends without a post. */
  invoke(invocation: Invocation): Promise<Posted>;
  close(): Promise<void>;
}

/**
 * Serves one process, one call at a time.
 *
 * @param waited called each time the process begins to wait for work
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startRuntimeApi(waited: () => void = () => {}): Promise<RuntimeApi> {
  let poll: ServerResponse | null = null;
  let call: { readonly invocation: Invocation; readonly settle: (posted: Posted) => void } | null = null;
  let failedStart: Posted | null = null;

  const handOver = (): void => {
    if (poll === null || call === null) return;
    const { requestId, deadlineMs, functionArn, event } = call.invocation;
    poll.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(deadlineMs),
      'lambda-runtime-invoked-function-arn': functionArn,
      'lambda-runtime-trace-id': `Root=1-00000000-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
    });
    poll.end(JSON.stringify(event));
    poll = null;
  };
  const take = (posted: Posted): void => {
    const settle = call?.settle;
    call = null;
    settle?.(posted);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (path === 'invocation/next') {
      poll = response;
      if (call === null) waited();
      return handOver();
    }
    const posted = readPost(path, call?.invocation.requestId, JSON.parse(await text(request)));
    response.writeHead(posted === null ? 403 : 202).end('{"status":"OK"}');
    if (posted === null) return;
    if (path === 'init/error') failedStart = posted;
    take(posted);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    isWaited: () => poll !== null,
    invoke: (invocation) =>
      new Promise((settle) => {
        if (failedStart !== null) return settle(failedStart);
        call = { invocation, settle };
        handOver();
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Null for a post that belongs to no call under way. */
function readPost(path: string, requestId: string | undefined, body: unknown): Posted | null {
  if (path === `invocation/${requestId}/response`) return { kind: 'answered', payload: body };
  if (path !== 'init/error' && path !== `invocation/${requestId}/error`) return null;
  const { errorType, errorMessage } = body as { errorType: string; errorMessage: string };
  return { kind: 'failed', errorType, errorMessage };
}
