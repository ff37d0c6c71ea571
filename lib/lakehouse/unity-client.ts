/** What a workspace answered. */
export interface UnityAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The REST interface of one Databricks workspace, with the token that lets us in. */
export interface UnityClient {
  /**
   * Sends one request and gives the answer whatever its status. Throws `TransientError` when no answer came: the request
   * may have been carried out or not.
   *
   * @param path already encoded
   */
  request(
    method: 'GET' | 'POST',
    path: string,
    asked?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array },
  ): Promise<UnityAnswer>;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** What is being done to what, for messages, and who may do it. */
export interface UnityTask {
  /** To follow "could not", for instance `create storage credential "shop"`. */
  readonly doing: string;
  /** What to do when it is forbidden, as a sentence without its full stop. */
  readonly whenForbidden: string;
}
