import type { RestClient, RestResponse } from '../../lib/storage/volume/rest-client.ts';
import { type FilesService, filesCall, volumePath } from '../warehouse/bench/files-service.ts';

/**
 * Stands between a client and the service: `call` is for instance `GetFile /Volumes/c/s/v/a bytes=0-9`, `send` carries
 * it out, `n` counts calls from 1.
 */
export type Intercept = (call: string, send: () => Promise<RestResponse>, n: number) => Promise<RestResponse>;

export interface ServiceRestClient extends RestClient {
  /** Every call so far, as an `Intercept` gets it. */
  readonly calls: string[];
}

/** A client that calls the stand-in for the Files API without a network. */
export function serviceRestClient(
  files: FilesService,
  intercept: Intercept = (_, send) => send(),
): ServiceRestClient {
  const calls: string[] = [];
  return {
    calls,
    request: async (method, path, { query = {}, headers = {}, body = new Uint8Array() } = {}) => {
      const call = filesCall(method, path);
      if (call === null) throw new Error(`No such call: ${method} ${path}`);
      const line = [call, volumePath(path), headers.range].filter(Boolean).join(' ');
      const send = async (): Promise<RestResponse> => {
        const reply = await files.answer(call, {
          path,
          query: new URLSearchParams(query),
          headers,
          body: body instanceof Uint8Array ? [body] : body.open(),
        });
        const date = new Date().toUTCString();
        return { ...reply, headers: { date, ...reply.headers }, body: Buffer.from(reply.body) };
      };
      const n = calls.push(line);
      return intercept(line, send, n);
    },
  };
}
