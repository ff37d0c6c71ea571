import type { SchemaPlan } from '../changes/plan-schema.ts';
import { type Column, formatColumnType } from '../config/column-type.ts';
import { renderFileChecks } from '../history/file-checks.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { planBatch } from '../history/plan-batch.ts';
import { type BatchFile, toFileToRead } from '../ingest/batch-file.ts';
import { renderSchemaChange } from '../history/schema-change.ts';
import type { Dialect, FileStore } from '../ports.ts';

/** A column with its type as a person writes it. */
export interface PlannedColumn {
  readonly name: string;
  readonly type: string;
}

export interface PlannedFile {
  readonly path: string;
  readonly size: number;
  /** By the footer. */
  readonly rows: number;
  readonly fullLoad: boolean;
  /** Load generation; 0 is the first load, and what captured changes have. */
  readonly generation: number;
}

/** What a batch would do to the columns of the history. */
export interface PlannedSchema {
  /** The source's columns of a history that would be made; null when it is there already. */
  readonly create: readonly PlannedColumn[] | null;
  readonly added: readonly PlannedColumn[];
  readonly widened: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** The statements of a batch in the order in which they would run. */
export interface PlannedSql {
  readonly schema: readonly string[];
  readonly check: string;
  readonly stage: string | null;
  readonly apply: string;
  readonly counts: string | null;
  readonly cleanup: string | null;
}

/** A batch as ingest would run it. */
export interface PlannedBatch {
  readonly id: string;
  /** `first-load` supposes that every row of the full-load files is an insert, which only the check query tells. */
  readonly kind: 'first-load' | 'merge';
  /** True for a batch that was started and not ended. */
  readonly resumed: boolean;
  readonly files: readonly PlannedFile[];
  readonly bytes: number;
  readonly rows: number;
  readonly schema: PlannedSchema;
  readonly sql: PlannedSql;
}

/** What is known of a batch that would run. */
export interface BatchAhead {
  readonly table: HistoryTable;
  readonly schema: SchemaPlan;
  /** The history's table is there before the batch. */
  readonly exists: boolean;
  /** The history has no rows before the batch. */
  readonly empty: boolean;
  /** Never empty; all of them would be applied. */
  readonly files: readonly BatchFile[];
  readonly id: bigint;
  readonly resumed: boolean;
}

/** A batch in plain JSON, with the SQL it would run. Pure. */
export function describeBatch(dialect: Dialect, store: FileStore, batch: BatchAhead): PlannedBatch {
  const { table, schema, exists, files, id } = batch;
  const toRead = files.map((file) => toFileToRead(store, file));
  const firstLoad = batch.empty && files.every((file) => file.fullLoad);
  const plan = planBatch(dialect, { table, files: toRead, batchId: id, firstLoad });
  return {
    id: String(id),
    kind: plan.kind,
    resumed: batch.resumed,
    files: files.map(describeFile),
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    rows: files.reduce((sum, file) => sum + file.footer.rows, 0),
    schema: describeSchema(table, schema, exists),
    sql: {
      schema: renderSchemaChange(dialect, table, { exists, ...schema }),
      check: renderFileChecks(dialect, table, toRead),
      stage: plan.stage,
      apply: plan.apply,
      counts: plan.counts,
      cleanup: plan.cleanup,
    },
  };
}

function describeFile({ path, size, footer, fullLoad, generation }: BatchFile): PlannedFile {
  return { path, size, rows: footer.rows, fullLoad, generation };
}

function describeSchema(table: HistoryTable, schema: SchemaPlan, exists: boolean): PlannedSchema {
  return {
    create: exists ? null : table.columns.map(describeColumn),
    added: schema.added.map(describeColumn),
    widened: schema.widened.map(({ name, from, to }) => ({
      name,
      from: formatColumnType(from),
      to: formatColumnType(to),
    })),
  };
}

const describeColumn = ({ name, type }: Column): PlannedColumn => ({ name, type: formatColumnType(type) });
