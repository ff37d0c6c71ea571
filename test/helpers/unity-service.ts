import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { json, type RestReply } from '../warehouse/bench/rest-reply.ts';

type Body = Readonly<Record<string, unknown>>;

/** Stands in for storage credentials and external locations of a workspace, as their documentation tells of them. */
export interface UnityService {
  /** Every call so far, for instance `POST /storage-credentials {"name":…}`. */
  readonly calls: string[];
  readonly credentials: Map<string, Body>;
  readonly locations: Map<string, Body>;
  /** What trying a credential finds; `null` for everything in order. */
  failing: { operation: string; message: string } | null;
  /** Given in place of the next answers, one call each; null lets a call pass. */
  readonly faults: (RestReply | null)[];
  /** Answers one call, `path` from `/api/2.1/unity-catalog` on. */
  answer(method: string, path: string, body: Body): RestReply;
}

export const UNITY_ROLE = 'arn:aws:iam::414351767826:role/unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL';

const ROOT = '/api/2.1/unity-catalog';

export function createUnityService(): UnityService {
  const service: UnityService = {
    calls: [],
    credentials: new Map(),
    locations: new Map(),
    failing: null,
    faults: [],
    answer: (method, path, body) => {
      const call = `${method} ${path.replace(ROOT, '')}`;
      service.calls.push(method === 'POST' ? `${call} ${JSON.stringify(body)}` : call);
      return service.faults.shift() ?? reply(service, method, path.replace(ROOT, ''), body);
    },
  };
  return service;
}

/** An error as the workspace words it. */
export function unityError(status: number, error_code: string, message = 'No.'): RestReply {
  return json(status, { error_code, message });
}

function reply(service: UnityService, method: string, path: string, body: Body): RestReply {
  const [, collection = '', encoded] = path.split('/');
  if (collection === 'validate-storage-credentials') return json(200, { results: results(service) });
  const isCredential = collection === 'storage-credentials';
  const objects = isCredential ? service.credentials : service.locations;
  const kind = isCredential ? 'STORAGE_CREDENTIAL' : 'EXTERNAL_LOCATION';
  if (!isCredential && collection !== 'external-locations')
    return unityError(404, 'ENDPOINT_NOT_FOUND', path);
  if (method === 'GET') {
    const found = objects.get(decodeURIComponent(encoded ?? '').toLowerCase());
    return found ? json(200, found) : unityError(404, `${kind}_DOES_NOT_EXIST`);
  }
  const name = String(body.name).toLowerCase();
  if (objects.has(name)) return unityError(409, `${kind}_ALREADY_EXISTS`);
  if (!isCredential && service.failing) return unityError(403, 'PERMISSION_DENIED', service.failing.message);
  const made = isCredential ? credential(body, objects.size) : location(body);
  objects.set(name, made);
  return json(200, made);
}

function results({ failing }: UnityService): object[] {
  return ['PATH_EXISTS', 'READ', 'LIST', 'WRITE', 'DELETE'].map((operation) =>
    failing?.operation === operation
      ? { operation, result: 'FAIL', message: failing.message }
      : { operation, result: 'PASS' },
  );
}

function credential(body: Body, count: number): Body {
  const role = body.aws_iam_role as Body;
  const external_id = `00000000-0000-0000-0000-${String(count + 1).padStart(12, '0')}`;
  return {
    name: body.name,
    read_only: false,
    aws_iam_role: { ...role, external_id, unity_catalog_iam_arn: UNITY_ROLE },
  };
}

function location({ name, url, credential_name }: Body): Body {
  return { name, url: `${url}/`, credential_name, read_only: false };
}

/** Starts the service on a free port of loopback, with TLS where a certificate is given. */
export async function startUnityServer(
  service: UnityService,
  token: string,
  tls?: { readonly pfx: Buffer; readonly passphrase: string },
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const known = request.headers.authorization === `Bearer ${token}`;
      const {
        status,
        headers,
        body: text,
      } = known
        ? service.answer(request.method ?? '', request.url ?? '', body === '' ? {} : JSON.parse(body))
        : unityError(401, 'UNAUTHENTICATED');
      response.writeHead(status, headers).end(text);
    });
  };
  const server = tls ? createTlsServer(tls, handle) : createPlainServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as { port: number }).port, close };
}
