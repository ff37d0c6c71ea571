import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from '../ports.ts';

/** Writes one JSON object a line, as CloudWatch reads it. */
export interface FunctionLogger extends Required<Logger> {
  /** From now on lines carry the id of this call and no other. */
  beginCall(requestId: string): void;
}

/**
 * A logger whose lines name the pipeline as `service`. The level is taken from `POWERTOOLS_LOG_LEVEL` or what Lambda is
 * set to.
 */
export function createFunctionLogger(pipeline: string): FunctionLogger {
  const logger = new PowertoolsLogger({ serviceName: pipeline });
  return {
    info: (message, fields = {}) => logger.info(message, named(fields)),
    warn: (message, fields = {}) => logger.warn(message, named(fields)),
    error: (message, fields = {}) => logger.error(message, named(fields)),
    beginCall: (requestId) => {
      logger.resetKeys();
      logger.appendKeys({ function_request_id: requestId });
    },
  };
}

/** Names that the line has itself. */
const TAKEN = new Set([
  'level',
  'message',
  'sampling_rate',
  'service',
  'timestamp',
  'function_request_id',
  'xray_trace_id',
]);

function named(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(fields);
  return Object.fromEntries(entries.map(([name, value]) => [TAKEN.has(name) ? `${name}_` : name, value]));
}
