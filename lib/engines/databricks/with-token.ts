import { loginRefused, toDatabricksError } from './errors.ts';
import type { Tokens } from './token.ts';

/**
 * Does a call that a token is sent with; when the token is refused, once more with a fresh one. Errors are ours.
 * Throws `TerminalError` LOGIN_REFUSED when that is refused too, or when there is only one token.
 *
 * @param doing what is tried, to follow "could not"
 * @param work safe to do again after it was refused
 */
export async function withToken<T>(
  tokens: Tokens,
  doing: string,
  work: (token: string) => Promise<T>,
): Promise<T> {
  const attempt = async (token: string): Promise<T> => {
    try {
      return await work(token);
    } catch (thrown) {
      throw toDatabricksError(thrown, doing);
    }
  };
  const token = await tokens.get();
  try {
    return await attempt(token);
  } catch (thrown) {
    const error = toDatabricksError(thrown, doing);
    if (error.code !== 'TOKEN_EXPIRED') throw error;
    if (!tokens.renew(token)) throw loginRefused(error);
  }
  try {
    return await attempt(await tokens.get());
  } catch (thrown) {
    const error = toDatabricksError(thrown, doing);
    throw error.code === 'TOKEN_EXPIRED' ? loginRefused(error) : error;
  }
}
