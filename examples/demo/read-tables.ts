import type { SourceValues } from '../../lib/dms-files/dms-file.ts';
import { readHistory, readSnapshot, type RowStream } from '../../lib/operations/read-rows.ts';
import type { Workspace } from '../../lib/workspace.ts';
import { pgsql } from '../../lib/sources/quote.ts';
import type { ShopSession } from './shop-session.ts';

/** The rows of a table by its history, now or at an instant. */
export async function readHistoryRows(ws: Workspace, table: string, asOf?: string): Promise<SourceValues[]> {
  return collect(await readSnapshot(ws, ws.table(table), asOf === undefined ? {} : { asOf }));
}

/** Every row of a history, with the columns that it has besides the source's. */
export async function readAllVersions(ws: Workspace, table: string): Promise<SourceValues[]> {
  return collect(await readHistory(ws, ws.table(table)));
}

async function collect({ columns, rows }: RowStream): Promise<SourceValues[]> {
  const all: SourceValues[] = [];
  for await (const block of rows) {
    for (const row of block)
      all.push(Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
  }
  return all;
}

/** The rows of a table of a Postgres, every column it has, every value as canonical text. @see docs/ndjson.md */
export async function readPostgresRows(session: ShopSession, table: string): Promise<SourceValues[]> {
  const columns = await session.query(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = 'public' and table_name = $1 order by ordinal_position`,
    [table],
  );
  const texts = columns.map(({ name, type }) => {
    const column = pgsql.name(name ?? '');
    return `${asText(column, type ?? '')} as ${column}`;
  });
  return session.query(`select ${texts.join(', ')} from public.${pgsql.name(table)}`);
}

function asText(column: string, type: string): string {
  if (type === 'timestamp with time zone') {
    return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  }
  if (type === 'bytea') return `encode(${column}, 'hex')`;
  return `${column}::text`;
}
