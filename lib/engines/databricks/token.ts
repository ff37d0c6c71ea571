import { type PipelineError, TerminalError, TransientError } from '../../errors.ts';
import { retryAfterMsOf } from './error-facts.ts';
import type { RestResponse, SendRequest } from './https-request.ts';

/** How we prove who we are. */
export type DatabricksLogin =
  | { readonly kind: 'oauth'; readonly clientId: string; readonly clientSecret: string }
  | { readonly kind: 'token'; readonly token: string };

/** The token for every call, fetched when needed. */
export interface Tokens {
  /** A token that is valid for a while yet. Throws `TerminalError` LOGIN_REFUSED, or transient errors. */
  get(): Promise<string>;
  /** Forgets a token that a server refused. False where there can be no other. */
  renew(refused: string): boolean;
}

/** A token is not used in its last minute, so that none runs out on its way. */
const MARGIN_MS = 60_000;

/**
 * Tokens of a service principal by OAuth machine-to-machine, each kept until a minute before its end, or the one
 * personal access token.
 *
 * @see https://docs.databricks.com/en/dev-tools/auth/oauth-m2m.html
 */
export function createTokens(
  login: DatabricksLogin,
  send: SendRequest,
  now: () => number = Date.now,
): Tokens {
  if (login.kind === 'token') return { get: async () => login.token, renew: () => false };
  let kept: { readonly token: string; readonly until: number } | null = null;
  let asked: Promise<string> | null = null;
  const ask = async (): Promise<string> => {
    const { token, seconds } = await fetchToken(login, send);
    kept = { token, until: now() + seconds * 1_000 - MARGIN_MS };
    return token;
  };
  return {
    get: async () => {
      if (kept !== null && now() < kept.until) return kept.token;
      asked ??= ask().finally(() => {
        asked = null;
      });
      return await asked;
    },
    renew: (refused) => {
      if (kept?.token === refused) kept = null;
      return true;
    },
  };
}

async function fetchToken(
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
  send: SendRequest,
): Promise<{ token: string; seconds: number }> {
  const response = await send('POST', '/oidc/v1/token', {
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: Buffer.from('grant_type=client_credentials&scope=all-apis'),
  });
  const answer = parseObject(response.body);
  const { access_token: token, expires_in: seconds } = answer;
  if (response.status === 200 && typeof token === 'string' && token !== '') {
    return { token, seconds: Number(seconds) || 0 };
  }
  throw refusal(response, answer);
}

/** Only what kind of error it is may be told: a description could repeat what we sent. */
function refusal(
  { status, headers }: RestResponse,
  answer: Readonly<Record<string, unknown>>,
): PipelineError {
  if (status === 429 || status >= 500) {
    return new TransientError(
      'CONNECTION_LOST',
      `Databricks could not give a token: HTTP ${status}. Run again.`,
      {
        context: { httpStatus: status, retryAfterMs: retryAfterMsOf(headers['retry-after'] ?? '') },
      },
    );
  }
  const kind =
    typeof answer.error === 'string' && /^\w{1,60}$/.test(answer.error) ? answer.error : 'no token';
  return new TerminalError(
    'LOGIN_REFUSED',
    `Databricks gave no token to the service principal: HTTP ${status}, ${kind}. Check "host", the client id and the client secret, and that the principal belongs to this workspace.`,
    { context: { httpStatus: status, reason: kind } },
  );
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
