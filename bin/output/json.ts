import { isTransient, type PipelineError } from '../../lib/errors.ts';

/** One JSON document, ended by a newline. A bigint is text, an error its code, message and whether to try again. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, replace, 2)}\n`;
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error && 'code' in value) return errorJson(value as PipelineError);
  return value;
}

function errorJson(error: PipelineError): { code: string; message: string; transient: boolean } {
  return { code: error.code, message: error.message, transient: isTransient(error) };
}
