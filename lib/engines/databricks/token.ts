import { PipelineError, TerminalError, TransientError } from '../../errors.ts';
import { retryAfterMsOf } from './error-facts.ts';
import type { RestResponse, SendRequest } from './https-request.ts';

/** How we prove who we are. */
export type DatabricksLogin =
  | { readonly kind: 'oauth'; readonly clientId: string; readonly clientSecret: string }
  | { readonly kind: 'token'; readonly token: string };

/** Looks for another login after ours was refused; null where there is no other. */
export type AnotherLogin = () => Promise<DatabricksLogin | null>;

/** The token for every call, fetched when needed. */
export interface Tokens {
  /** A token that is valid for a while yet. Throws `TerminalError` LOGIN_REFUSED, or transient errors. */
  get(): Promise<string>;
  /** Forgets a token that a server refused. False where there can be no other; true does not promise one. */
  renew(refused: string): boolean;
}

/** A token is not used in its last minute, so that none runs out on its way. */
const MARGIN_MS = 60_000;

/**
 * Tokens of a service principal by OAuth machine-to-machine, each kept until a minute before its end, or the one
 * personal access token. When the login itself is refused, another is asked for, once for each time.
 *
 * @see https://docs.databricks.com/en/dev-tools/auth/oauth-m2m.html
 */
export function createTokens(
  login: DatabricksLogin,
  send: SendRequest,
  now: () => number = Date.now,
  another: AnotherLogin | null = null,
): Tokens {
  return login.kind === 'token'
    ? personalToken(login.token, another)
    : principalTokens(login, send, now, another);
}

function personalToken(first: string, another: AnotherLogin | null): Tokens {
  let token = first;
  let refused: string | null = null;
  return {
    get: async () => {
      if (refused !== token || another === null) return token;
      const other = await another();
      if (other?.kind === 'token') token = other.token;
      return token;
    },
    renew: (bad) => {
      refused = bad;
      return another !== null;
    },
  };
}

type PrincipalLogin = Extract<DatabricksLogin, { kind: 'oauth' }>;

function principalTokens(
  first: PrincipalLogin,
  send: SendRequest,
  now: () => number,
  another: AnotherLogin | null,
): Tokens {
  let login = first;
  let kept: { readonly token: string; readonly until: number } | null = null;
  let asked: Promise<string> | null = null;
  const askOrRenew = async (): Promise<{ token: string; seconds: number }> => {
    try {
      return await fetchToken(login, send);
    } catch (error) {
      const isRefused = error instanceof PipelineError && error.code === 'LOGIN_REFUSED';
      const other = isRefused && another ? await another() : null;
      if (other?.kind !== 'oauth') throw error;
      login = other;
      return await fetchToken(login, send);
    }
  };
  const ask = async (): Promise<string> => {
    const { token, seconds } = await askOrRenew();
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
  { clientId, clientSecret }: PrincipalLogin,
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
