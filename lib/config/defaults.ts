import type { ChangeColumns, ExportConfig, HistoryColumns, TableConfig } from './config.ts';

/** What an absent setting means. The schema's descriptions, the starter configuration and the parser all read it. */
export const DEFAULTS = {
  region: 'us-east-1',
  schema: 'main',
  engine: { kind: 'duckdb', path: './tidemark.duckdb' },
  storage: { kind: 'local', root: './files' },
} as const;

/** Defaults of the table settings that are one word. */
export const TABLE_DEFAULTS = {
  history: 'last-change',
  sequence: 'change-seq',
  schemaEvolution: 'evolve',
  reload: 'snapshot',
} as const satisfies Partial<TableConfig>;

export const CHANGE_COLUMN_DEFAULTS: ChangeColumns = {
  op: 'Op',
  commitTime: 'tx_commit_time',
  changeSeq: 'change_seq',
  beforeImagePrefix: 'BI_',
};

export const HISTORY_COLUMN_DEFAULTS: HistoryColumns = {
  current: 'current',
  effectiveDate: 'effective_date',
  endDate: 'end_date',
  effectiveSeq: 'effective_seq',
  endSeq: 'end_seq',
  seenDate: 'seen_date',
  seenSeq: 'seen_seq',
  batchId: 'batch_id',
};

/** As written in YAML: `maxBytes` may be text. */
export const BATCH_DEFAULTS = { maxFiles: 1000, maxBytes: '1GiB' } as const;

export const EXPORT_DEFAULTS = {
  target: 'postgres',
  targetSchema: 'public',
  mode: 'full',
  removeMissing: true,
  connections: 4,
  nonFinite: 'null',
  columnCase: 'keep',
} as const satisfies Partial<ExportConfig>;
