import { ConfigError, isTransient, PipelineError } from '../lib/errors.ts';
import { UsageError } from './usage-error.ts';

/** What the exit code of every command means. @see docs/cli.md */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  refused: 2,
  rejected: 3,
  failed: 4,
  tryAgain: 5,
  broken: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const MILD_TO_SEVERE: readonly ExitCode[] = [
  EXIT.ok,
  EXIT.rejected,
  EXIT.tryAgain,
  EXIT.failed,
  EXIT.broken,
  EXIT.refused,
  EXIT.unexpected,
  EXIT.interrupted,
];

/** The code to end with when both apply. */
export function worseCode(a: ExitCode, b: ExitCode): ExitCode {
  return MILD_TO_SEVERE.indexOf(a) > MILD_TO_SEVERE.indexOf(b) ? a : b;
}

/** Errors that a person corrects in the command line, the configuration or the environment. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AWS_PROFILE_UNKNOWN',
  'CONFIG_NOT_FOUND',
  'CONFIG_UNREADABLE',
  'FAULT_INVALID',
  'HOLDER_CHANGED',
  'INSTANT_INVALID',
  'KEY_INCOMPLETE',
  'KEY_INVALID',
  'KEY_UNKNOWN',
  'NOT_REJECTED',
  'SECRET_MISSING',
  'UNKNOWN_TABLE',
]);

/** The code that an error ends the command with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof PipelineError) || error.code === 'UNEXPECTED') return EXIT.unexpected;
  if (error instanceof UsageError || error instanceof ConfigError) return EXIT.refused;
  if (REFUSALS.has(error.code)) return EXIT.refused;
  return isTransient(error) ? EXIT.tryAgain : EXIT.failed;
}
