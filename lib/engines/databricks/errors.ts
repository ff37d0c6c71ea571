import {
  type ErrorContext,
  FileReadError,
  PipelineError,
  TerminalError,
  TransientError,
} from '../../errors.ts';
import { quietCause } from '../quiet-cause.ts';
import { type ErrorFacts, errorFacts } from './error-facts.ts';
import { ERROR_RULES, type ErrorRule } from './error-rules.ts';
import { sayable } from './error-text.ts';

/**
 * Turns whatever driver, socket or server threw into our error family; ours pass through. Never carries a row value, a
 * statement beyond its first words, or a secret, in its `cause` neither. An unknown error is terminal. `context` has `sqlState`, `errorClass`,
 * `httpStatus`, `socket` and `retryAfterMs` where they are known. Pure.
 *
 * @param doing what was tried, to follow "could not": `run "merge into …"`
 */
export function toDatabricksError(thrown: unknown, doing: string): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  const facts = errorFacts(thrown);
  const rule = ERROR_RULES.find(({ matches }) => matches(facts));
  // What a socket says is about the connection; all else may be the server's words.
  const cause = facts.socket === '' ? quietCause(thrown) : thrown;
  const options = { context: contextOf(facts), cause };
  if (!rule) {
    const said = sayable(facts.text, 'hide');
    return new TerminalError(
      'ENGINE_ERROR',
      `Databricks could not ${doing}: ${said || 'no reason given'}.`,
      options,
    );
  }
  const said = saidBy(facts, rule);
  if (rule.kind === 'file') {
    return new FileReadError(`Reading change files failed: Databricks could not ${doing}${said}.`, options);
  }
  const Kind = rule.kind === 'transient' ? TransientError : TerminalError;
  return new Kind(rule.code, `Databricks could not ${doing}${said}. ${rule.fix}`, options);
}

/** What the server says, as far as it may be told, or else how it is called. */
function saidBy(facts: ErrorFacts, { tell }: ErrorRule): string {
  const words = tell === 'nothing' ? '' : sayable(facts.text, tell === 'all' ? 'show' : 'hide');
  if (words !== '') return `: ${words}`;
  const name = facts.errorClass || facts.sqlState || facts.socket;
  return name === '' ? '' : `: ${name}`;
}

function contextOf({ sqlState, errorClass, httpStatus, socket, retryAfterMs }: ErrorFacts): ErrorContext {
  const all = { sqlState, errorClass, httpStatus, socket, retryAfterMs };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '' && value !== null));
}

/** Trying the very same again at once is of no use, or not ours to decide. */
const NOT_AT_ONCE = new Set([
  // So does whoever takes the table from us make our statements fail, and they must not begin anew.
  'TABLE_ALTERED',
  'STATEMENT_TIMEOUT',
  'CANCELLED',
  'TIME_IS_UP',
  'OUTCOME_UNKNOWN',
  'FILE_VANISHED',
  'HOST_UNKNOWN',
]);

/** True for a transient error after which the same statement may be sent again at once. */
export function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof TransientError && !NOT_AT_ONCE.has(error.code);
}

/** How far a statement had come when it failed. */
export type Stage = 'before' | 'submit' | 'wait';

/** No connection was made, so nothing can have been sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);
/** The server itself says how the statement ended. */
const SAYS_THE_END = new Set([
  'WRITE_CONFLICT',
  'TABLE_ALTERED',
  'STATEMENT_TIMEOUT',
  'CANCELLED',
  'FILE_VANISHED',
]);

/**
 * The error of a statement that changes something: `TransientError` OUTCOME_UNKNOWN where it may have run, or may still
 * be running, although nobody said so; otherwise the error itself. Pure.
 */
export function settleOutcome(error: PipelineError, stage: Stage, doing: string): PipelineError {
  if (!(error instanceof TransientError) || stage === 'before' || SAYS_THE_END.has(error.code)) return error;
  const { socket, errorClass, sqlState } = error.context;
  const refused = stage === 'submit' && error.code !== 'CONNECTION_LOST';
  const declared = error.code === 'WAREHOUSE_BUSY' && (errorClass !== undefined || sqlState !== undefined);
  if (refused || declared || (stage === 'submit' && NEVER_SENT.has(String(socket)))) return error;
  return new TransientError(
    'OUTCOME_UNKNOWN',
    `Databricks took the order to ${doing}, and did not say how that ended (${error.code}). What it did has to be looked up before it is done again.`,
    { context: error.context, cause: error },
  );
}

/** The error of a login that was refused again with a fresh token, or that has only one token. */
export function loginRefused(error: PipelineError): TerminalError {
  return new TerminalError(
    'LOGIN_REFUSED',
    'Databricks does not let us in: it refuses the token. Check client id and secret, or the token, and that they belong to this workspace.',
    { context: error.context, cause: error },
  );
}
