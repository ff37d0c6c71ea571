import type { FileColumn } from '../../lib/changes/change-file.ts';
import type { Column } from '../../lib/config/column-type.ts';
import type { TableConfig } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { renderFileChecks, renderFileProbe } from '../../lib/history/file-checks.ts';
import { type HistoryTable, historyTable } from '../../lib/history/history-table.ts';
import { planBatch } from '../../lib/history/plan-batch.ts';
import { type FileToRead, renderAmbiguousCount, renderChangeProbe } from '../../lib/history/read-changes.ts';
import { renderReloadClose } from '../../lib/history/reload.ts';
import { renderSchemaChange } from '../../lib/history/schema-change.ts';
import { renderSnapshot } from '../../lib/history/snapshot.ts';
import type { Dialect } from '../../lib/ports.ts';

/** Where the statements find tables and files, and a table name as hostile as the engine takes. */
export interface StatementPlace {
  readonly catalog: string;
  readonly schema: string;
  /** A folder, which need not exist where the statements are not run. */
  readonly files: string;
  readonly hostileTable: string;
}

export const ID: Column = { name: 'id', type: { kind: 'int', bits: 32 } };
export const NAME: Column = { name: 'name', type: { kind: 'string' } };
export const SCORE: Column = { name: 'score', type: { kind: 'double' } };

export const HOSTILE = `it's "hostile" [*]?`;
export const HOSTILE_COLUMNS: readonly Column[] = [HOSTILE, '__op', 'select'].map((name) => ({
  name,
  type: { kind: 'string' },
}));

/** A table of a config with these settings, its columns known. */
export function statementTable(
  place: StatementPlace,
  settings: Record<string, unknown>,
  columns: readonly Column[] = [ID, NAME, SCORE],
): HistoryTable {
  const yaml = JSON.stringify({ name: 'golden', tables: [{ name: 'customer', keys: 'id', ...settings }] });
  const config: TableConfig = parseConfig(yaml, { baseDir: '/base' }).config.tables[0]!;
  return historyTable(place, config, columns);
}

const STRING = { kind: 'string' } as const;
const changeColumns: readonly FileColumn[] = ['Op', 'tx_commit_time', 'change_seq'].map((name) => ({
  name,
  type: STRING,
}));

/** Names of the files below `StatementPlace.files`. */
export const STATEMENT_FILES = {
  newer: 'customer_incoming/20260101-120000000.parquet',
  older: 'customer_incoming/20260101-110000000.parquet',
  reloaded: 'customer_incoming/LOAD00000001.parquet',
  hostile: `${HOSTILE}_incoming/${HOSTILE}.parquet`,
} as const;

function filesOf({ files }: StatementPlace) {
  const file: FileToRead = {
    enginePath: `${files}/${STATEMENT_FILES.newer}`,
    columns: [changeColumns[0]!, ID, NAME, SCORE, ...changeColumns.slice(1)],
  };
  const older: FileToRead = {
    enginePath: `${files}/${STATEMENT_FILES.older}`,
    columns: [
      changeColumns[0]!,
      { name: 'ID', type: { kind: 'uint', bits: 16 } },
      NAME,
      ...changeColumns.slice(1),
    ],
  };
  return {
    file,
    older,
    moved: { ...file, columns: [...file.columns, { name: 'BI_id', type: ID.type }] },
    /** Has as text what the contract wants as a number, so every value is tried. */
    textScore: {
      ...file,
      columns: file.columns.map((c) => (c.name === 'score' ? { ...c, type: STRING } : c)),
    },
    reloaded: {
      enginePath: `${files}/${STATEMENT_FILES.reloaded}`,
      columns: file.columns,
      reloadedAt: '2026-02-01T00:00:00.000000Z',
    },
    hostile: {
      enginePath: `${files}/${STATEMENT_FILES.hostile}`,
      columns: [...changeColumns, ...HOSTILE_COLUMNS],
    },
  };
}

/** Statements of every kind that a history is kept with, by what they do. */
export function historyStatements(
  d: Dialect,
  place: StatementPlace,
): Readonly<Record<string, readonly string[]>> {
  const { file, older, moved, textScore, reloaded, hostile } = filesOf(place);
  const tableOf = (settings: Record<string, unknown>): HistoryTable => statementTable(place, settings);
  const batch = (table: HistoryTable, files: readonly FileToRead[], firstLoad = false): string[] => {
    const plan = planBatch(d, { table, files, batchId: 7n, firstLoad });
    return [plan.stage, plan.apply, plan.counts, plan.cleanup].filter((one) => one !== null);
  };
  const every = tableOf({ history: 'every-change' });
  const created = { exists: false, columns: [], added: [], widened: [] };
  return {
    'last-change-batch': batch(tableOf({}), [file]),
    'last-change-batch-by-commit-time': batch(tableOf({ sequence: 'commit-time' }), [file]),
    'last-change-batch-of-tracked-columns': batch(tableOf({ track: ['name'] }), [file]),
    'last-change-batch-with-key-changes': batch(tableOf({}), [moved]),
    'last-change-first-load': batch(tableOf({}), [file], true),
    'every-change-batch': batch(every, [file]),
    'every-change-batch-of-a-reload': batch(every, [reloaded]),
    'every-change-first-load': batch(every, [file], true),
    'batch-of-unlike-files': batch(tableOf({}), [older, file]),
    'batch-with-hostile-names': batch(
      statementTable(place, { name: place.hostileTable, keys: [HOSTILE] }, HOSTILE_COLUMNS),
      [hostile],
    ),
    'check-of-a-batch': [renderFileChecks(d, tableOf({ columns: { score: 'double' } }), [older, textScore])],
    'probe-of-a-file': [renderFileProbe(d, older)],
    'repeated-and-ambiguous-changes': [
      renderChangeProbe(d, tableOf({}), [file]),
      renderAmbiguousCount(d, tableOf({}), [file]),
    ],
    'create-history': [...renderSchemaChange(d, tableOf({}), created)],
    'create-history-of-tracked-columns': [
      ...renderSchemaChange(d, tableOf({ track: { except: ['score'] } }), created),
    ],
    'evolve-history': [
      ...renderSchemaChange(d, tableOf({}), {
        exists: true,
        columns: [ID, NAME, SCORE],
        added: [SCORE],
        widened: [{ name: 'id', from: ID.type, to: { kind: 'int', bits: 64 } }],
      }),
    ],
    'close-after-a-reload': [renderReloadClose(d, tableOf({}), reloaded.reloadedAt, 7n)],
    snapshots: [
      renderSnapshot(d, tableOf({}), { kind: 'current' }),
      renderSnapshot(d, tableOf({}), { kind: 'as-of', instant: '2026-01-31T00:00:00.000000Z' }),
    ],
  };
}
