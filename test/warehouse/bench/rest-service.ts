import type { IncomingMessage } from 'node:http';
import type { Access } from './access.ts';
import { type FilesCall, type FilesService, filesCall } from './files-service.ts';
import type { Power } from './power.ts';
import { json, type RestReply } from './rest-reply.ts';

/** What the bridge answers beside Thrift. */
export type RestCall = 'Discovery' | 'Token' | 'GetWarehouse' | 'StartWarehouse' | FilesCall;

/** What the answers depend on. */
export interface RestWorkspace {
  readonly access: Access;
  readonly power: Power;
  readonly files: FilesService;
  readonly warehouseId: string;
}

/** The call that a method and path stand for, or null. */
export function restCall(method: string, path: string, warehouseId: string): RestCall | null {
  if (path === '/oidc/.well-known/oauth-authorization-server') return 'Discovery';
  if (method === 'POST' && path === '/oidc/v1/token') return 'Token';
  if (method === 'GET' && path === `/api/2.0/sql/warehouses/${warehouseId}`) return 'GetWarehouse';
  if (method === 'POST' && path === `/api/2.0/sql/warehouses/${warehouseId}/start`) return 'StartWarehouse';
  return filesCall(method, path);
}

/** Answers one REST call. */
export async function answerRest(
  call: RestCall,
  { request, body }: { request: IncomingMessage; body: Buffer },
  { access, power, files, warehouseId }: RestWorkspace,
): Promise<RestReply> {
  const { authorization, host } = request.headers;
  if (call === 'Discovery') return json(200, discovery(`https://${host}`));
  if (call === 'Token') return answerToken(authorization, body, access);
  if (!access.allows(authorization)) return json(401, UNAUTHENTICATED);
  if (call === 'GetWarehouse') return json(200, { id: warehouseId, name: 'bench', state: power.state() });
  if (call === 'StartWarehouse') {
    power.start();
    return json(200, {});
  }
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'https://bench');
  return files.answer(call, { path, query, headers: request.headers, body: [body] });
}

const UNAUTHENTICATED = {
  error_code: 'UNAUTHENTICATED',
  message: 'Credential was not sent or is not valid.',
};

function discovery(origin: string): object {
  return {
    issuer: `${origin}/oidc`,
    authorization_endpoint: `${origin}/oidc/v1/authorize`,
    token_endpoint: `${origin}/oidc/v1/token`,
  };
}

function answerToken(authorization: string | undefined, body: Buffer, access: Access): RestReply {
  const { clientId, clientSecret } = access.oauth;
  const expected = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const form = new URLSearchParams(body.toString());
  const asked = [form.get('grant_type'), form.get('scope')].join(' ');
  if (authorization !== expected)
    return json(401, oauthError('invalid_client', 'Client authentication failed'));
  if (asked !== 'client_credentials all-apis') return json(400, oauthError('invalid_request', asked));
  const token = { access_token: access.grant(), token_type: 'Bearer', scope: 'all-apis' };
  return json(200, { ...token, expires_in: access.tokenSeconds });
}

function oauthError(error: string, description: string): object {
  return { error, error_description: description };
}
