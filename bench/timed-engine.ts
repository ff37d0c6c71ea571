import type { Engine, SqlSession } from '../lib/ports.ts';

/** An engine that adds up how long its statements took. */
export interface TimedEngine {
  readonly engine: Engine;
  /** Milliseconds in statements since the last call. */
  takeMs(): number;
}

/** Wraps an engine. Statements that run at the same time are each counted whole. */
export function timeEngine(inner: Engine): TimedEngine {
  let spentMs = 0;
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await work();
    } finally {
      spentMs += performance.now() - start;
    }
  };
  const timedStatements = (session: SqlSession): Pick<SqlSession, 'execute' | 'query' | 'columns'> => ({
    execute: (sql) => timed(() => session.execute(sql)),
    query: (sql) => timed(() => session.query(sql)),
    columns: (table) => timed(() => session.columns(table)),
  });
  const wrap = (session: SqlSession): SqlSession => ({ ...session, ...timedStatements(session) });
  const wrapEngine = (around: Engine): Engine => ({
    ...around,
    ...timedStatements(around),
    tagged: (tags) => wrapEngine(around.tagged(tags)),
    transaction: (work) => {
      const start = performance.now();
      let insideMs = 0;
      return around
        .transaction(async (session) => {
          const entered = performance.now();
          spentMs += entered - start;
          try {
            return await work(wrap(session));
          } finally {
            insideMs = performance.now();
          }
        })
        .finally(() => {
          // Beginning and committing are the engine's work too.
          if (insideMs > 0) spentMs += performance.now() - insideMs;
        });
    },
  });
  return {
    engine: wrapEngine(inner),
    takeMs() {
      const taken = spentMs;
      spentMs = 0;
      return taken;
    },
  };
}
