import { parseByteSize } from './byte-size.ts';
import type { BatchConfig, ChangeColumns, HistoryColumns, TableConfig, TrackConfig } from './config.ts';
import { readContract } from './contract.ts';
import {
  BATCH_DEFAULTS,
  CHANGE_COLUMN_DEFAULTS,
  HISTORY_COLUMN_DEFAULTS,
  TABLE_DEFAULTS,
} from './defaults.ts';
import type { ConfigYaml } from './schema.ts';
import type { DefaultsYaml, TableYaml } from './schema-table.ts';

/**
 * A table with every setting filled in: its own, else of `defaults:`, else of the top level, else built in.
 * `onlyReplication` copies it if it says nothing.
 */
export function resolveTable(
  table: TableYaml,
  defaults: DefaultsYaml,
  topBatch: ConfigYaml['batch'],
  onlyReplication: string | null,
): TableConfig {
  const pick = { ...TABLE_DEFAULTS, ...CHANGE_COLUMN_DEFAULTS, ...defaults, ...table };
  return {
    name: table.name,
    source: table.source ?? `dbo.${table.name}`,
    keys: typeof table.keys === 'string' ? [table.keys] : table.keys,
    history: pick.history,
    track: resolveTrack(table.track ?? defaults.track),
    sequence: pick.sequence,
    schemaEvolution: pick.schemaEvolution,
    reload: pick.reload,
    columns: readContract(table.columns).contract,
    changeColumns: changeColumns(pick),
    historyColumns: historyColumns(defaults, table),
    batch: resolveBatch(topBatch, defaults.batch, table.batch),
    replication: resolveOwner(table.replication ?? defaults.replication, onlyReplication),
    excludeColumns: table.excludeColumns ?? [],
    columnNames: pick.columnNames,
    paused: pick.paused,
  };
}

function resolveOwner(written: string | undefined, only: string | null): string | null {
  return written === 'none' ? null : (written ?? only);
}

function changeColumns({ op, commitTime, changeSeq, beforeImagePrefix }: ChangeColumns): ChangeColumns {
  return { op, commitTime, changeSeq, beforeImagePrefix };
}

function historyColumns(defaults: DefaultsYaml, table: TableYaml): HistoryColumns {
  return { ...HISTORY_COLUMN_DEFAULTS, ...defaults.historyColumns, ...table.historyColumns };
}

function resolveTrack(track: TableYaml['track']): TrackConfig {
  if (Array.isArray(track)) return { kind: 'only', columns: track };
  if (track === undefined || track.except.length === 0) return { kind: 'all' };
  return { kind: 'except', columns: track.except };
}

/** Later layers win. */
function resolveBatch(...layers: TableYaml['batch'][]): BatchConfig {
  const batch = Object.assign({}, BATCH_DEFAULTS, ...layers);
  return { maxFiles: batch.maxFiles, maxBytes: parseByteSize(batch.maxBytes) ?? 1 };
}
