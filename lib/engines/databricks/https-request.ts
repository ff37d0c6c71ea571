import { request } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rootCertificates } from 'node:tls';
import { toDatabricksError } from './errors.ts';
import { USER_AGENT } from './user-agent.ts';

/** Bytes too many for memory. */
export interface RestStream {
  /** Bytes in all. */
  readonly size: number;
  /** The bytes from the start, again at each call. */
  open(): AsyncIterable<Uint8Array>;
}

export interface RestRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | RestStream;
}

export interface RestResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type RestMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

/** Where a workspace is. */
export interface Workspace {
  /** Host name, without a scheme. */
  readonly host: string;
  readonly port: number;
  /** PEM of authorities to trust besides those that Node brings. */
  readonly ca?: string;
}

/** Sends one HTTPS request and gives the answer, whatever its status. */
export type SendRequest = (method: RestMethod, path: string, asked?: RestRequest) => Promise<RestResponse>;

/** A connection with no word for this long is taken for lost. */
const SILENCE_MS = 60_000;

/**
 * How to send requests to a workspace. A request throws ours: `TransientError` CONNECTION_LOST when no answer came,
 * `TerminalError` TLS_UNTRUSTED, …; an error of the body's stream is passed on, and the request broken off.
 */
export function createSendRequest({ host, port, ca }: Workspace): SendRequest {
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  return async (method, path, { query, headers, body } = {}) => {
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    const length = bodyLength(method, body);
    const sent = request({
      host,
      port,
      method,
      path: path + search,
      headers: {
        'user-agent': USER_AGENT,
        ...headers,
        ...(length === null ? {} : { 'content-length': String(length) }),
      },
      ...trusted,
    });
    sent.setTimeout(SILENCE_MS, () => sent.destroy(silence()));
    const answer = answerTo(sent).catch((error) => {
      throw toDatabricksError(error, `reach ${host}:${port}`);
    });
    // Whoever waits for it hears of it; a failing body is heard of first.
    answer.catch(() => {});
    const stream = body !== undefined && !(body instanceof Uint8Array) ? body : null;
    if (stream === null) sent.end(body);
    else await sendStream(sent, stream);
    return await answer;
  };
}

type Sent = ReturnType<typeof request>;

function bodyLength(method: RestMethod, body: RestRequest['body']): number | null {
  if (body === undefined) return method === 'PUT' || method === 'POST' ? 0 : null;
  return body instanceof Uint8Array ? body.byteLength : body.size;
}

/** An error of the stream itself is thrown; one of the connection is for the answer to tell. */
async function sendStream(sent: Sent, stream: RestStream): Promise<void> {
  let failed: { readonly error: unknown } | null = null;
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* stream.open();
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
  await pipeline(Readable.from(bytes()), sent).catch(() => {});
  const { error } = (failed ?? {}) as { error?: unknown };
  if (failed !== null) throw error;
}

function answerTo(sent: Sent): Promise<RestResponse> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        const status = response.statusCode ?? 0;
        resolve({ status, headers: Object.fromEntries(headers), body: Buffer.concat(chunks) });
      });
    });
  });
}

function silence(): Error {
  return Object.assign(new Error(`no answer for ${SILENCE_MS / 1_000} s`), { code: 'ETIMEDOUT' });
}
