import { describe, expect, it, vi } from 'vitest';
import type { RestResponse, SendRequest } from '../../../../lib/engines/databricks/https-request.ts';
import { createTokens } from '../../../../lib/engines/databricks/token.ts';

const login = { kind: 'oauth', clientId: 'client-1', clientSecret: 'dose-secret' } as const;
const answer = (status: number, body: unknown, headers = {}): RestResponse => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
/** Gives token 1, token 2, … */
const counting = (seconds: unknown = 3_600) => {
  let given = 0;
  return vi.fn<SendRequest>(async () => {
    given += 1;
    return answer(200, { access_token: `token-${given}`, token_type: 'Bearer', expires_in: seconds });
  });
};

describe('createTokens', () => {
  it('asks for a token as a service principal does', async () => {
    const send = counting();
    await createTokens(login, send).get();

    expect(send.mock.calls).toEqual([
      [
        'POST',
        '/oidc/v1/token',
        {
          headers: {
            authorization: `Basic ${btoa('client-1:dose-secret')}`,
            'content-type': 'application/x-www-form-urlencoded',
            accept: 'application/json',
          },
          body: Buffer.from('grant_type=client_credentials&scope=all-apis'),
        },
      ],
    ]);
  });

  it('keeps a token until a minute before its end', async () => {
    let now = 0;
    const tokens = createTokens(login, counting(3_600), () => now);

    const seen = [];
    for (const at of [0, 3_539_999, 3_540_000, 3_540_001]) {
      now = at;
      seen.push(await tokens.get());
    }

    expect(seen).toEqual(['token-1', 'token-1', 'token-2', 'token-2']);
  });

  it('asks once for all who wait', async () => {
    const tokens = createTokens(login, counting());

    expect(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).toEqual([
      'token-1',
      'token-1',
      'token-1',
    ]);
  });

  it('asks each time when it is not told how long a token lasts', async () => {
    const tokens = createTokens(login, counting('soon'));

    expect([await tokens.get(), await tokens.get()]).toEqual(['token-1', 'token-2']);
  });

  it('forgets a token that was refused, and no newer one', async () => {
    const tokens = createTokens(login, counting());
    await tokens.get();

    expect(tokens.renew('token-1')).toBe(true);
    expect(await tokens.get()).toBe('token-2');
    expect(tokens.renew('token-1')).toBe(true);
    expect(await tokens.get()).toBe('token-2');
  });

  it('has one personal access token and no other', async () => {
    const send = counting();
    const tokens = createTokens({ kind: 'token', token: 'dapi-1' }, send);

    expect(await tokens.get()).toBe('dapi-1');
    expect(tokens.renew('dapi-1')).toBe(false);
    expect(send).not.toHaveBeenCalled();
  });

  it.each([
    [
      'a wrong secret',
      401,
      { error: 'invalid_client', error_description: 'dose-secret is wrong' },
      'HTTP 401, invalid_client',
    ],
    ['a wrong host', 404, '<html>dose-secret</html>', 'HTTP 404, no token'],
    ['an answer without a token', 200, { access_token: '' }, 'HTTP 200, no token'],
    ['an answer that is no object', 200, 'null', 'HTTP 200, no token'],
    ['an error that is no word', 400, { error: 'dose-secret x' }, 'HTTP 400, no token'],
  ])('cannot mend %s', async (_, status, body, words) => {
    const tokens = createTokens(login, async () => answer(status, body));

    const error = await tokens.get().catch((thrown) => thrown);

    expect(error).toMatchObject({
      name: 'TerminalError',
      code: 'LOGIN_REFUSED',
      message: expect.stringContaining(words),
    });
    expect(`${error.message}${JSON.stringify(error.context)}`).not.toContain('dose-secret');
  });

  it.each([429, 500, 503])('may be tried again after HTTP %i, and then asks anew', async (status) => {
    const send = counting().mockResolvedValueOnce(answer(status, '', { 'retry-after': '3' }));
    const tokens = createTokens(login, send);

    await expect(tokens.get()).rejects.toMatchObject({
      name: 'TransientError',
      code: 'CONNECTION_LOST',
      context: { httpStatus: status, retryAfterMs: 3_000 },
    });
    expect(await tokens.get()).toBe('token-1');
  });

  const refusing = (secret: string) =>
    vi.fn<SendRequest>(async (_method, _path, asked) =>
      asked?.headers?.authorization === `Basic ${btoa(`client-1:${secret}`)}`
        ? answer(200, { access_token: `by-${secret}`, expires_in: 3_600 })
        : answer(401, { error: 'invalid_client' }),
    );

  it('asks for another login once when the secret is refused, and goes on with it', async () => {
    const send = refusing('new-secret');
    const another = vi.fn(async () => ({ ...login, clientSecret: 'new-secret' }));
    const tokens = createTokens(login, send, Date.now, another);

    expect(await Promise.all([tokens.get(), tokens.get()])).toEqual(['by-new-secret', 'by-new-secret']);
    tokens.renew('by-new-secret');
    expect(await tokens.get()).toBe('by-new-secret');
    expect(another).toHaveBeenCalledTimes(1);
    expect(send).toHaveBeenCalledTimes(3);
  });

  it.each([
    ['there is none', async () => null],
    ['it is refused too', async () => ({ ...login, clientSecret: 'also-wrong' })],
  ])('says that the login is refused when another is asked for and %s', async (_, another) => {
    const tokens = createTokens(login, refusing('new-secret'), Date.now, another);

    await expect(tokens.get()).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  it('does not ask for another login while Databricks is away', async () => {
    const another = vi.fn(async () => null);
    const tokens = createTokens(login, async () => answer(503, ''), Date.now, another);

    await expect(tokens.get()).rejects.toMatchObject({ name: 'TransientError' });
    expect(another).not.toHaveBeenCalled();
  });

  it('takes another access token once the one it has was refused', async () => {
    const another = vi.fn(async () => ({ kind: 'token', token: 'dapi-2' }) as const);
    const tokens = createTokens({ kind: 'token', token: 'dapi-1' }, counting(), Date.now, another);

    expect(await tokens.get()).toBe('dapi-1');
    expect(another).not.toHaveBeenCalled();
    expect(tokens.renew('dapi-1')).toBe(true);
    expect([await tokens.get(), await tokens.get()]).toEqual(['dapi-2', 'dapi-2']);
    expect(another).toHaveBeenCalledTimes(1);
  });
});
