import type { Clock, SqlSession } from '../ports.ts';
import { type LedgerIo, toNumber } from './ledger-io.ts';
import { FILES, GENERATIONS } from './ledger-tables.ts';
import type { Generation } from './records.ts';

/** Reloads of a table, from request to completion. */
export function createReloadLedger(io: LedgerIo, clock: Clock) {
  const { session, dialect } = io;
  return {
    /** Records the begin or the end of a reload. */
    async recordGeneration(into: SqlSession, table: string, generation: Generation): Promise<void> {
      await io.insert(into, GENERATIONS, [{ table_name: table, ...generation, recorded_at: clock.now() }]);
    },

    /** Every reload of a table with its last status, oldest first. */
    async generations(table: string): Promise<Generation[]> {
      const rows = await io.select(
        GENERATIONS,
        ['generation', 'instant', 'status'],
        `${io.of(table)} order by generation, recorded_at`,
      );
      const last = new Map<number, Generation>();
      for (const [generation, instant, status] of rows) {
        const id = toNumber(generation);
        last.set(id, { generation: id, instant: instant!, status: status as Generation['status'] });
      }
      return [...last.values()];
    },

    /** Rows applied from the files of one load generation. */
    async generationRows(table: string, generation: number): Promise<number> {
      const [row] = await session.query(
        `select ${dialect.toText(`coalesce(sum(${dialect.quoteIdentifier('rows')}), 0)`, { kind: 'int', bits: 64 })}\nfrom ${dialect.tableName(io.ref(FILES))}\n${io.of(table)} and status = 'applied' and full_load and generation = ${generation}`,
      );
      return toNumber(row?.[0]);
    },

    /** Full-load files of a generation that were rejected or went missing, and of which no version was applied since. */
    async unreadOfGeneration(table: string, generation: number): Promise<string[]> {
      const rows = await io.select(
        FILES,
        ['path', 'status'],
        `${io.of(table)} and full_load and generation = ${generation} and status in ('rejected', 'missing', 'applied')`,
      );
      const applied = new Set(rows.filter((row) => row[1] === 'applied').map((row) => row[0]!));
      return [...new Set(rows.map((row) => row[0]!))].filter((path) => !applied.has(path)).sort();
    },
  };
}
