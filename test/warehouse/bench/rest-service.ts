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
  const origin = `https://${request.headers.host}`;
  if (call === 'Discovery') {
    return json(response, 200, {
      issuer: `${origin}/oidc`,
      authorization_endpoint: `${origin}/oidc/v1/authorize`,
      token_endpoint: `${origin}/oidc/v1/token`,
    });
  }
  if (call === 'Token') return answerToken(response, request.headers.authorization, body, access);
  if (!access.allows(request.headers.authorization)) {
    return json(response, 401, {
      error_code: 'UNAUTHENTICATED',
      message: 'Credential was not sent or is not valid.',
    });
  }
  if (call === 'GetWarehouse')
    return json(response, 200, { id: warehouseId, name: 'bench', state: power.state() });
  power.start();
  return json(response, 200, {});
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
  if (authorization !== expected) {
    return json(response, 401, {
      error: 'invalid_client',
      error_description: 'Client authentication failed',
    });
  }
  if (form.get('grant_type') !== 'client_credentials' || form.get('scope') !== 'all-apis') {
    return json(response, 400, {
      error: 'invalid_request',
      error_description: 'Only client_credentials for all-apis',
    });
  }
  const token = access.grant();
  json(response, 200, {
    access_token: token,
    token_type: 'Bearer',
    expires_in: access.tokenSeconds,
    scope: 'all-apis',
  });
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
