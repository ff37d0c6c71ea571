import type { StatementRecord } from '../warehouse/bench/operations.ts';

/** A statement and how long it may take, in milliseconds; infinite where nobody limited it. */
export type LimitedStatement = Pick<StatementRecord, 'sql' | 'startedAt'> & { readonly limitMs: number };

/** Statements with what their sessions limited them to when they were sent. */
export function withLimits(statements: readonly StatementRecord[]): LimitedStatement[] {
  const limits = new Map<string, number>();
  return statements.flatMap(({ sql, startedAt, sessionId, sessionConf }) => {
    const [, told] = /^set statement_timeout = (\d+)$/.exec(sql) ?? [];
    if (told !== undefined) limits.set(sessionId, Number(told));
    if (told !== undefined) return [];
    const seconds =
      limits.get(sessionId) ?? Number(sessionConf.STATEMENT_TIMEOUT ?? Number.POSITIVE_INFINITY);
    return [{ sql, startedAt, limitMs: (seconds || Number.POSITIVE_INFINITY) * 1000 }];
  });
}
