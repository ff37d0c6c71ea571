import type { Column } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import { renderRows, type RowsWanted, wantedColumns } from '../history/read-rows.ts';
import type { HistoryTable } from '../history/history-table.ts';
import type { TextRow } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { openHistory } from '../open-history.ts';
import { parseInstant } from './parse-instant.ts';
import { parseKey } from './parse-key.ts';

/** Rows of a history, in blocks, every value as canonical text in the order of `columns`. Can be read once. */
export interface RowStream {
  readonly columns: readonly Column[];
  readonly rows: AsyncIterable<readonly TextRow[]>;
}

/** Which keys to read; without `key` all. */
export interface ReadOptions {
  /** Values as text by key column; a part of a composite key is enough. */
  readonly key?: Readonly<Record<string, string>>;
}

/**
 * Every row of a history with every column, ordered by key, effective date and sequence. Throws `TerminalError`
 * NO_HISTORY_YET, KEY_UNKNOWN or KEY_INVALID before any row is read.
 */
export async function readHistory(
  ws: Workspace,
  table: TableConfig,
  options: ReadOptions = {},
): Promise<RowStream> {
  return readOfKey(ws, table, 'history', options);
}

/** Versions as people query them, see docs/semantics.md, ordered by key and effective date. Throws as `readHistory`. */
export async function readVersions(
  ws: Workspace,
  table: TableConfig,
  options: ReadOptions = {},
): Promise<RowStream> {
  return readOfKey(ws, table, 'versions', options);
}

/**
 * The rows the source had now, or at an instant, ordered by key. Throws `TerminalError` NO_HISTORY_YET or
 * INSTANT_INVALID before any row is read.
 *
 * @param options `asOf` as `parseInstant` takes it
 */
export async function readSnapshot(
  ws: Workspace,
  table: TableConfig,
  options: { readonly asOf?: string } = {},
): Promise<RowStream> {
  const at =
    options.asOf === undefined
      ? ({ kind: 'current' } as const)
      : ({ kind: 'as-of', instant: parseInstant(options.asOf) } as const);
  return read(ws, await openHistory(ws, table), { kind: 'snapshot', at });
}

async function readOfKey(
  ws: Workspace,
  config: TableConfig,
  kind: 'history' | 'versions',
  options: ReadOptions,
): Promise<RowStream> {
  const table = await openHistory(ws, config);
  const key = await parseKey(ws.engine, table, options.key ?? {}, { complete: false });
  return read(ws, table, { kind, key });
}

function read({ engine }: Workspace, table: HistoryTable, wanted: RowsWanted): RowStream {
  return {
    columns: wantedColumns(table, wanted.kind),
    rows: engine.stream(renderRows(engine.dialect, table, wanted)),
  };
}
