import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RestClient, RestRequest, RestResponse } from '../../lib/storage/volume/rest-client.ts';
import { TransientError } from '../../lib/errors.ts';

export interface PlainRestOptions {
  readonly url: string;
  readonly token: string;
  /** PEM to trust. */
  readonly ca?: string;
}

/** The least that keeps the promises of `RestClient`: one token, no retry. */
export function plainRestClient({ url, token, ca }: PlainRestOptions): RestClient {
  return {
    request: async (method, path, { query = {}, headers = {}, body }: RestRequest = {}) => {
      const search = new URLSearchParams(query).toString();
      const address = `${url}${path}${search && `?${search}`}`;
      const size = body === undefined ? 0 : body instanceof Uint8Array ? body.length : body.size;
      const sent = { ...headers, authorization: `Bearer ${token}`, 'content-length': String(size) };
      const blocks = body === undefined ? [] : body instanceof Uint8Array ? [body] : body.open();
      return send(address, { method, headers: method === 'PUT' ? sent : withoutSize(sent), ca }, blocks);
    },
  };
}

function withoutSize({ 'content-length': _, ...rest }: Record<string, string>): Record<string, string> {
  return rest;
}

function send(
  address: string,
  options: { method: string; headers: Record<string, string>; ca?: string },
  blocks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<RestResponse> {
  return new Promise((resolve, reject) => {
    const start = address.startsWith('https:') ? httpsRequest : httpRequest;
    const lost = (cause: unknown) =>
      reject(new TransientError('CONNECTION_LOST', 'No answer came.', { cause }));
    const request = start(address, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', lost);
      response.on('end', () => {
        const headers = response.headers as Record<string, string>;
        resolve({ status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) });
      });
    });
    request.on('error', lost);
    writeAll(request, blocks).catch((error: unknown) => {
      reject(error);
      request.destroy();
    });
  });
}

async function writeAll(
  request: ReturnType<typeof httpRequest>,
  blocks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const block of blocks) {
    if (!request.write(block)) await new Promise((resume) => request.once('drain', resume));
  }
  request.end();
}
