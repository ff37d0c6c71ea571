/**
 * Settings of every AWS client: a call that hangs is given up, and one that failed for a while is made again. Region,
 * credentials and endpoint come from the environment, as AWS's own tools take them; on a person's machine `loginSettings`
 * says who asks.
 *
 * @param requestTimeoutMs longest time of one try
 */
export function clientSettings(requestTimeoutMs = 10_000) {
  return {
    maxAttempts: 4,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: requestTimeoutMs,
      // Else a request that takes too long is only told on the console.
      throwOnRequestTimeout: true,
    },
  } as const;
}
