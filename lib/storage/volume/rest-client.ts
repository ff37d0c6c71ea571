/** Bytes too many for memory. */
export interface RestStream {
  /** Bytes in all, for `content-length`. */
  readonly size: number;
  /** The bytes from the start, again at each call: a client that sends a request again asks again. */
  open(): AsyncIterable<Uint8Array>;
}

export interface RestRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | RestStream;
}

export interface RestResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The REST interface of one Databricks workspace, with the token that lets us in. */
export interface RestClient {
  /**
   * Sends one request and gives the answer whatever its status; only a 401 may make the client renew its token and ask
   * once more. When a stream throws, the request is broken off so that the server cannot take what it has got for the
   * whole, and the error is passed on. Throws `TransientError` when no answer came: the request may have been carried
   * out or not.
   *
   * A stream may itself wait for other requests to this client, so a limit on requests under way must let those pass,
   * and a timeout must measure silence, not the whole request.
   *
   * @param path already encoded, for instance `/api/2.0/fs/files/Volumes/main/crm/customer_incoming/a%20b.parquet`
   */
  request(
    method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    request?: RestRequest,
  ): Promise<RestResponse>;
}
