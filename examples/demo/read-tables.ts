import type pg from 'pg';
import type { SourceTable, SourceValues } from '../../lib/dms-files/dms-file.ts';
import { readSnapshot } from '../../lib/operations/read-rows.ts';
import type { Workspace } from '../../lib/workspace.ts';

/** The rows of a table by its history, now or at an instant. */
export async function readHistoryRows(ws: Workspace, table: string, asOf?: string): Promise<SourceValues[]> {
  const { columns, rows } = await readSnapshot(ws, ws.table(table), asOf === undefined ? {} : { asOf });
  const all: SourceValues[] = [];
  for await (const block of rows) {
    for (const row of block)
      all.push(Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
  }
  return all;
}

/** The rows of an exported table, asked for with SQL, every value as the text that the shop has. */
export async function readPostgresRows(client: pg.Client, table: SourceTable): Promise<SourceValues[]> {
  const q = (name: string): string => client.escapeIdentifier(name);
  const texts = table.columns.map(({ name, sqlType }) => `${asText(q(name), sqlType)} as ${q(name)}`);
  const { rows } = await client.query<SourceValues>(
    `select ${texts.join(', ')} from public.${q(table.name)}`,
  );
  return rows;
}

function asText(column: string, sqlType: string): string {
  if (sqlType === 'datetime2') return `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`;
  if (sqlType.startsWith('varbinary')) return `encode(${column}, 'hex')`;
  return `${column}::text`;
}
