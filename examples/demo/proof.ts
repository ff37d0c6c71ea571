import type pg from 'pg';
import type { SourceValues } from '../../lib/dms-files/dms-file.ts';
import type { Workspace } from '../../lib/workspace.ts';
import { type Comparison, compareRows } from './compare-rows.ts';
import { readHistoryRows, readPostgresRows } from './read-tables.ts';
import type { Round } from './rounds.ts';

/** One table, looked at in one place, against the shop's own rows. */
export interface Proof extends Comparison {
  readonly place: string;
  readonly table: string;
}

/** What the proofs are made of: the shop at two moments, and where its rows went. */
export interface ProofInput {
  readonly ws: Workspace;
  /** Null when nothing was exported. */
  readonly postgres: pg.Client | null;
  readonly remembered: Round;
  readonly last: Round;
}

/**
 * Compares the histories now and at the end of the remembered round, and the exported tables, with what the shop itself
 * held then. Every column of every row is compared.
 */
export async function proveAll({ ws, postgres, remembered, last }: ProofInput): Promise<Proof[]> {
  const proofs: Proof[] = [];
  const add = async (
    place: string,
    round: Round,
    read: (table: Round['tables'][number]) => Promise<SourceValues[]>,
  ): Promise<void> => {
    for (const table of round.tables) {
      const compared = compareRows(table.keys, round.state.get(table.name)!, await read(table));
      proofs.push({ place, table: table.name, ...compared });
    }
  };
  await add('history now', last, (table) => readHistoryRows(ws, table.name));
  await add(`history at ${remembered.endedAt.slice(11, 16)}`, remembered, (table) =>
    readHistoryRows(ws, table.name, remembered.endedAt),
  );
  if (postgres) await add('Postgres', last, (table) => readPostgresRows(postgres, table));
  return proofs;
}
