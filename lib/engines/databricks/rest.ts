import {
  createSendRequest,
  type RestMethod,
  type RestRequest,
  type RestResponse,
  type Workspace,
} from './https-request.ts';
import { createTokens, type DatabricksLogin, type Tokens } from './token.ts';

/** The REST interface of one workspace, with the token that lets us in. */
export interface DatabricksRest {
  /**
   * Sends one request and gives the answer whatever its status; only when the token is refused it is renewed and the
   * request sent once more. Throws `TransientError` when no answer came: it may have been carried out or not.
   *
   * @param path already encoded
   */
  request(method: RestMethod, path: string, asked?: RestRequest): Promise<RestResponse>;
}

/** The REST interface of a workspace, with tokens of its own. */
export function createDatabricksRest(workspace: Workspace, login: DatabricksLogin): DatabricksRest {
  const send = createSendRequest(workspace);
  return createRest(send, createTokens(login, send));
}

/** The REST interface over given tokens. */
export function createRest(send: ReturnType<typeof createSendRequest>, tokens: Tokens): DatabricksRest {
  return {
    request: async (method, path, asked = {}) => {
      const attempt = async (token: string): Promise<RestResponse> => {
        const headers = { ...asked.headers, authorization: `Bearer ${token}` };
        return await send(method, path, { ...asked, headers });
      };
      const token = await tokens.get();
      const answer = await attempt(token);
      if (answer.status !== 401 || !tokens.renew(token)) return answer;
      return await attempt(await tokens.get());
    },
  };
}
