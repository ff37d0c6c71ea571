import type { Dialect, Engine } from '../../lib/ports.ts';

/**
 * An engine as a lakehouse is: every statement commits alone, other processes may write too, and nothing is staged. The
 * SQL stays that of the engine given, so that what depends on these alone is tested fast and often.
 */
export function withoutTransactions(engine: Engine): Engine {
  const dialect: Dialect = {
    ...engine.dialect,
    capabilities: {
      ...engine.dialect.capabilities,
      transactions: false,
      oneProcess: false,
      skipsFiles: true,
    },
    staging: null,
  };
  const alone: Engine = {
    ...engine,
    dialect,
    tagged: () => alone,
    transaction: (work) => work(alone),
    pinned: (work) => engine.pinned((session, relation) => work({ ...session, dialect }, relation)),
  };
  return alone;
}
