import { request as httpRequest } from 'node:http';
import { TransientError } from '../../lib/errors.ts';
import type { RestClient, RestRequest, RestResponse } from '../../lib/storage/volume/rest-client.ts';

/** The least that keeps the promises of `RestClient`, without TLS: one token, no second try. */
export function plainRestClient({ url, token }: { url: string; token: string }): RestClient {
  return {
    request: async (method, path, { query = {}, headers = {}, body }: RestRequest = {}) => {
      const search = new URLSearchParams(query).toString();
      const sent: Record<string, string> = { ...headers, authorization: `Bearer ${token}` };
      if (body !== undefined)
        sent['content-length'] = String(body instanceof Uint8Array ? body.length : body.size);
      const blocks = body === undefined ? [] : body instanceof Uint8Array ? [body] : body.open();
      return send(`${url}${path}${search && `?${search}`}`, { method, headers: sent }, blocks);
    },
  };
}

type Blocks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

function send(
  address: string,
  options: { method: string; headers: Record<string, string> },
  blocks: Blocks,
): Promise<RestResponse> {
  return new Promise((resolve, reject) => {
    const lost = (cause: unknown) =>
      reject(new TransientError('CONNECTION_LOST', 'No answer came.', { cause }));
    const request = httpRequest(address, options, (response) => {
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

async function writeAll(request: ReturnType<typeof httpRequest>, blocks: Blocks): Promise<void> {
  for await (const block of blocks) {
    if (!request.write(block)) await new Promise((resume) => request.once('drain', resume));
  }
  request.end();
}
