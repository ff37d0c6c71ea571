/** Starts work that goes on when the call that starts it is over. */
export interface ExecutionStarter {
  /**
   * Starts an execution of a state machine. One of that name that runs or ran is left as it is, so that starting twice
   * is starting once. Throws `TransientError` EXECUTION_NOT_STARTED, or `TerminalError` EXECUTION_REFUSED.
   *
   * @param name letters, digits, dashes and underscores; at most 80
   * @param input as JSON
   */
  start(machineArn: string, name: string, input: unknown): Promise<void>;
}
