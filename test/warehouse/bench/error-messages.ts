/** What Databricks says when a statement outlives `STATEMENT_TIMEOUT`. */
export const STATEMENT_TIMEOUT_STATE = '57KD0';

export function statementTimeoutMessage(seconds: number): string {
  return (
    `[QUERY_EXECUTION_TIMEOUT_EXCEEDED] Query execution was cancelled due to exceeding the timeout (${seconds}s). ` +
    `You can increase the limit in seconds by setting STATEMENT_TIMEOUT. SQLSTATE: ${STATEMENT_TIMEOUT_STATE}`
  );
}

/**
 * The message for people inside Spark's `errorMessage`, which wraps it in names of Java classes and a stack trace:
 * `...HiveSQLException: Error running query: [CLASS] org...AnalysisException: [CLASS] text SQLSTATE: 42P01; ...`.
 */
export function displayMessage(errorMessage: string): string {
  const text = errorMessage.split(/\n\s+at [\w.$]+\(|\n\s*\.\.\. \d+ more/)[0] ?? errorMessage;
  return (
    text
      .replace(/^[\w.$]+(?:Exception|Error): /, '')
      // Spark appends its plan of the statement.
      .replace(/(; line \d+ pos \d+);\n[\s\S]*$/, '$1')
      .replace(/^Error (?:running|operating|preparing) [\w ]+: /, '')
      .replace(/^\[[A-Z0-9_.]+\] (?=[\w.$]+(?:Exception|Error): )/, '')
      .replace(/^(?:[\w.$]+\.)?[\w$]+(?:Exception|Error):\s+/, '')
      .trim()
  );
}
