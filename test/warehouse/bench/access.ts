import { randomBytes } from 'node:crypto';

/** What a service principal logs in with. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Who may come in. */
export interface Access {
  /** A personal access token that never expires. */
  readonly token: string;
  readonly oauth: OAuthClient;
  /** Seconds a token given for `oauth` is valid. May be changed at any time, for tokens given from then on. */
  tokenSeconds: number;
  /** True when the header carries a valid token. */
  allows(authorization: string | undefined): boolean;
  /** A fresh token, in the form in which the driver reads its expiry. */
  grant(): string;
  /** Makes every token given so far invalid, as if it had expired early. */
  revoke(): void;
}

/** Access by one token and one service principal, both made up. */
export function createAccess(): Access {
  const granted = new Map<string, number>();
  const access: Access = {
    token: `dapi${randomBytes(16).toString('hex')}`,
    oauth: { clientId: 'bench-client', clientSecret: randomBytes(12).toString('hex') },
    tokenSeconds: 3600,
    allows: (authorization) => {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
      return token === access.token || (granted.get(token) ?? 0) > Date.now();
    },
    grant: () => {
      const expiresAt = Date.now() + access.tokenSeconds * 1_000;
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = {
        sub: access.oauth.clientId,
        exp: Math.floor(expiresAt / 1_000),
        jti: randomBytes(8).toString('hex'),
      };
      const token = `${part({ alg: 'none' })}.${part(claims)}.bench`;
      granted.set(token, expiresAt);
      return token;
    },
    revoke: () => granted.clear(),
  };
  return access;
}
