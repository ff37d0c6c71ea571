import { describe, expect, it } from 'vitest';
import { TerminalError } from '../../../../lib/errors.ts';
import { toTargetError } from '../../../../lib/targets/postgres/errors.ts';

const CONTEXT = { doing: 'publishing', where: 'shop.customer' };
const server = (code: string, message: string, more = {}) =>
  Object.assign(new Error(message), { code, severity: 'ERROR', ...more });
const socket = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:5432`), { code });

describe('toTargetError', () => {
  it.each([
    ['08006', 'TransientError', 'TARGET_CONNECTION_LOST'],
    ['57P01', 'TransientError', 'TARGET_CONNECTION_LOST'],
    ['57P03', 'TransientError', 'TARGET_CONNECTION_LOST'],
    ['53300', 'TransientError', 'TARGET_BUSY'],
    ['53100', 'TransientError', 'TARGET_OUT_OF_RESOURCES'],
    ['40001', 'TransientError', 'TARGET_CONFLICT'],
    ['40P01', 'TransientError', 'TARGET_CONFLICT'],
    ['55P03', 'TransientError', 'TARGET_LOCKED'],
    ['55006', 'TransientError', 'TARGET_LOCKED'],
    ['57014', 'TransientError', 'TARGET_CANCELLED'],
    ['28P01', 'TerminalError', 'TARGET_AUTH'],
    ['28000', 'TerminalError', 'TARGET_AUTH'],
    ['42501', 'TerminalError', 'TARGET_PERMISSION'],
    ['3D000', 'TerminalError', 'TARGET_DATABASE_MISSING'],
    ['25006', 'TerminalError', 'TARGET_READ_ONLY'],
    ['42P01', 'TerminalError', 'TARGET_TABLE_MISSING'],
    ['22021', 'TerminalError', 'TEXT_UNUSABLE'],
    ['23505', 'TerminalError', 'TARGET_UNIQUE_VIOLATION'],
    ['23503', 'TerminalError', 'TARGET_FOREIGN_KEY'],
    ['23514', 'TerminalError', 'TARGET_CONSTRAINT'],
    ['22P02', 'TerminalError', 'TARGET_VALUE_REFUSED'],
    ['0A000', 'TerminalError', 'TARGET_UNSUPPORTED'],
    ['42601', 'TerminalError', 'TARGET_SQL'],
  ])('takes SQLSTATE %s for a %s %s', (sqlState, kind, code) => {
    const error = toTargetError(server(sqlState, 'the reason'), CONTEXT);

    expect([error.name, error.code, error.context.sqlState]).toEqual([kind, code, sqlState]);
    expect(error.message).toMatch(
      /^Postgres target: publishing shop\.customer failed: the reason \(SQLSTATE /,
    );
  });

  it.each([
    [socket('ECONNREFUSED'), 'TransientError', 'TARGET_CONNECTION_LOST'],
    [socket('ECONNRESET'), 'TransientError', 'TARGET_CONNECTION_LOST'],
    [socket('ETIMEDOUT'), 'TransientError', 'TARGET_CONNECTION_LOST'],
    [socket('EPIPE'), 'TransientError', 'TARGET_CONNECTION_LOST'],
    [socket('ENOTFOUND'), 'TransientError', 'TARGET_CONNECTION_LOST'],
    [new AggregateError([socket('ECONNREFUSED')]), 'TransientError', 'TARGET_CONNECTION_LOST'],
    [new Error('Connection terminated unexpectedly'), 'TransientError', 'TARGET_CONNECTION_LOST'],
    [new Error('timeout expired'), 'TransientError', 'TARGET_CONNECTION_LOST'],
    [
      new Error('Client has encountered a connection error and is not queryable'),
      'TransientError',
      'TARGET_CONNECTION_LOST',
    ],
    [socket('SELF_SIGNED_CERT_IN_CHAIN'), 'TerminalError', 'TARGET_TLS'],
    [socket('ERR_TLS_CERT_ALTNAME_INVALID'), 'TerminalError', 'TARGET_TLS'],
    [new Error('The server does not support SSL connections'), 'TerminalError', 'TARGET_TLS'],
    [new TypeError('something else'), 'TerminalError', 'TARGET_FAILED'],
    ['just text', 'TerminalError', 'TARGET_FAILED'],
  ])('takes %s for a %s %s', (cause, kind, code) => {
    const error = toTargetError(cause, CONTEXT);

    expect([error.name, error.code]).toEqual([kind, code]);
  });

  it('passes our own errors through', () => {
    const ours = new TerminalError('DUPLICATE_KEYS', 'twice');

    expect(toTargetError(ours, CONTEXT)).toBe(ours);
  });

  it('names column and constraint and never a value, wherever the server quotes it', () => {
    const errors = [
      server('22P02', 'invalid input syntax for type integer: "top secret"', {
        where: 'COPY _tidemark_stage_1, line 7, column price: "top secret"',
      }),
      server('22001', 'value too long for type character varying(3)', {
        where: 'COPY _tidemark_stage_1, line 7, column name: "top secret"',
      }),
      server('22021', 'invalid byte sequence for encoding "UTF8": 0xff'),
      server('22P02', 'invalid input value for enum shop.mood: "top\nsecret"'),
      server('23505', 'duplicate key value violates unique constraint "customer_email_key"', {
        detail: 'Key (email)=(top secret) already exists.',
        constraint: 'customer_email_key',
      }),
    ].map((cause) => toTargetError(cause, CONTEXT));

    expect(errors.map(({ message }) => /failed: (.*?\(SQLSTATE.*?\))/s.exec(message)?.[1])).toEqual([
      'invalid input syntax for type integer (SQLSTATE 22P02, column price)',
      'value too long for type character varying(3) (SQLSTATE 22001, column name)',
      'invalid byte sequence for encoding (SQLSTATE 22021)',
      'invalid input value for enum shop.mood (SQLSTATE 22P02)',
      'duplicate key value violates unique constraint "customer_email_key" (SQLSTATE 23505, constraint customer_email_key)',
    ]);
    expect(
      JSON.stringify(errors.map(({ message, context, cause }) => [message, context, cause])),
    ).not.toMatch(/secret/);
  });
});
