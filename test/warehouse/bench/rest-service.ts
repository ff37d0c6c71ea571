import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access.ts';
import type { Power } from './power.ts';

/** What the bridge answers beside Thrift. */
export type RestCall = 'Discovery' | 'Token' | 'GetWarehouse' | 'StartWarehouse';

/** The call that a method and path stand for, or null. */
export function restCall(method: string, path: string, warehouseId: string): RestCall | null {
  if (path === '/oidc/.well-known/oauth-authorization-server') return 'Discovery';
  if (method === 'POST' && path === '/oidc/v1/token') return 'Token';
  if (method === 'GET' && path === `/api/2.0/sql/warehouses/${warehouseId}`) return 'GetWarehouse';
  if (method === 'POST' && path === `/api/2.0/sql/warehouses/${warehouseId}/start`) return 'StartWarehouse';
  return null;
}

/** Answers one REST call. */
export function answerRest(
  call: RestCall,
  { request, response, body }: { request: IncomingMessage; response: ServerResponse; body: Buffer },
  { access, power, warehouseId }: { access: Access; power: Power; warehouseId: string },
): void {
  if (call === 'Discovery') json(response, 200, discovery(`https://${request.headers.host}`));
  else if (call === 'Token') answerToken(response, request.headers.authorization, body, access);
  else if (!access.allows(request.headers.authorization)) json(response, 401, UNAUTHENTICATED);
  else if (call === 'GetWarehouse')
    json(response, 200, { id: warehouseId, name: 'bench', state: power.state() });
  else {
    power.start();
    json(response, 200, {});
  }
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

function answerToken(
  response: ServerResponse,
  authorization: string | undefined,
  body: Buffer,
  access: Access,
): void {
  const { clientId, clientSecret } = access.oauth;
  const expected = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const form = new URLSearchParams(body.toString());
  const asked = [form.get('grant_type'), form.get('scope')].join(' ');
  if (authorization !== expected)
    json(response, 401, oauthError('invalid_client', 'Client authentication failed'));
  else if (asked !== 'client_credentials all-apis') json(response, 400, oauthError('invalid_request', asked));
  else {
    const token = { access_token: access.grant(), token_type: 'Bearer', scope: 'all-apis' };
    json(response, 200, { ...token, expires_in: access.tokenSeconds });
  }
}

function oauthError(error: string, description: string): object {
  return { error, error_description: description };
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
