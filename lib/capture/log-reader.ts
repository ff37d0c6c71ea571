import type { Pgoutput } from 'pg-logical-replication';
import type { TableConfig } from '../config/config.ts';
import { commitText, type FileCells } from '../dms-files/file-fields.ts';
import { TerminalError } from '../errors.ts';
import type { LogMessage } from './log-message.ts';
import { changeSeqOf, type CommitStamp, type LogPosition, stampCommit } from './log-position.ts';
import { parseLsn } from './lsn.ts';
import { relationId, relationOf } from './relation.ts';
import type { Domains } from './source-type.ts';
import { sameLayout, type SourceRow, tableLayout, type TableLayout, toCells } from './table-layout.ts';

/** What a message of the log means for the files. */
export type LogEvent =
  | { readonly kind: 'row'; readonly layout: TableLayout; readonly cells: FileCells }
  /** A transaction is complete. */
  | { readonly kind: 'committed'; readonly position: LogPosition }
  /** A truncate, which is not in the files; the configured names of the tables. */
  | { readonly kind: 'truncated'; readonly tables: readonly string[] };

/** Turns the messages of the log into rows of change files. No I/O: the same messages give the same events. */
export interface LogReader {
  /** Null for a message that changes no file. Messages in the order of the log, beginning at the position. */
  read(message: LogMessage): LogEvent | null;
  /** True between the beginning of a transaction and its commit. */
  readonly insideTransaction: boolean;
}

export interface LogReaderOptions {
  readonly tables: readonly TableConfig[];
  readonly position: LogPosition;
  /** By the identity that a table keeps while it is renamed. Others are known by their names. */
  readonly oids?: ReadonlyMap<number, TableConfig>;
  /** Columns to pass over, which some servers publish. */
  readonly isGenerated?: (oid: number, column: string) => boolean;
  /** Asked at each description of a table. */
  readonly domains: () => Domains;
  /** Told of each value that its file's type could not hold. */
  readonly onLossy: (table: string, column: string) => void;
}

interface Transaction {
  readonly commit: { readonly micros: bigint; readonly lsn: bigint };
  /** Known from the first row on, so that transactions without any leave no trace. */
  stamp: CommitStamp | null;
}

/** A reader that begins right after `position`. */
export function createLogReader(options: LogReaderOptions): LogReader {
  return new Reader(options);
}

class Reader implements LogReader {
  private readonly options: LogReaderOptions;
  private readonly tables: ReadonlyMap<string, TableConfig>;
  private readonly layouts = new Map<number, TableLayout>();
  private position: LogPosition;
  private transaction: Transaction | null = null;

  constructor(options: LogReaderOptions) {
    this.options = options;
    this.position = options.position;
    this.tables = new Map(options.tables.map((table) => [relationId(relationOf(table)), table]));
  }

  get insideTransaction(): boolean {
    return this.transaction !== null;
  }

  read(message: LogMessage): LogEvent | null {
    switch (message.tag) {
      case 'begin':
        return this.begin(message);
      case 'commit':
        return this.commit(message);
      case 'relation':
        return this.describe(message);
      case 'insert':
        return this.row(message.relation, 'I', message.new, null);
      case 'update':
        return this.row(message.relation, 'U', message.new, message.old ?? message.key);
      case 'delete':
        return this.row(message.relation, 'D', message.old ?? message.key ?? {}, null);
      case 'truncate':
        return this.truncate(message);
      default:
        return null;
    }
  }

  private begin({ commitLsn, commitTime }: Pgoutput.MessageBegin): null {
    const lsn = commitLsn === null ? 0n : parseLsn(commitLsn);
    this.transaction = { commit: { lsn, micros: commitTime.valueOf() }, stamp: null };
    return null;
  }

  private commit({ commitEndLsn }: Pgoutput.MessageCommit): LogEvent {
    const lsn = commitEndLsn === null ? this.position.lsn : parseLsn(commitEndLsn);
    this.position = { ...this.position, lsn };
    this.transaction = null;
    return { kind: 'committed', position: this.position };
  }

  private describe(relation: Pgoutput.MessageRelation): null {
    const table = this.options.oids?.get(relation.relationOid >>> 0) ?? this.tables.get(relationId(relation));
    if (!table) return null;
    const isGenerated = (name: string): boolean =>
      this.options.isGenerated?.(relation.relationOid >>> 0, name) ?? false;
    const columns = relation.columns
      .filter(({ name }) => !isGenerated(name))
      .map(({ name, typeOid, typeMod }) => ({ name, type: { oid: typeOid >>> 0, modifier: typeMod } }));
    const layout = tableLayout(table, columns, this.options.domains());
    assertOldKeys(layout, relation);
    const before = this.layouts.get(relation.relationOid);
    // The server describes a table anew for many reasons; only other columns begin a new file.
    if (!before || !sameLayout(before, layout)) this.layouts.set(relation.relationOid, layout);
    return null;
  }

  private row(
    { relationOid }: Pgoutput.MessageRelation,
    op: 'I' | 'U' | 'D',
    values: SourceRow,
    oldKey: SourceRow | null,
  ): LogEvent | null {
    const layout = this.layouts.get(relationOid);
    const { transaction } = this;
    if (!layout || !transaction) return null;
    const isFirst = transaction.stamp === null;
    transaction.stamp ??= stampCommit(this.position, transaction.commit);
    const { stamp } = transaction;
    const counter = isFirst ? stamp.firstCounter : this.position.counter + 1n;
    this.position = { ...this.position, committedAt: stamp.committedAt, counter };
    const time = commitText(stamp.committedAt);
    const row = { op, values, oldKey, commitText: time, changeSeq: changeSeqOf(stamp, counter) };
    const cells = toCells(layout, row, (column) => this.options.onLossy(layout.table.name, column));
    return { kind: 'row', layout, cells };
  }

  private truncate({ relations }: Pgoutput.MessageTruncate): LogEvent | null {
    const tables = relations.flatMap(
      (relation) => this.layouts.get(relation?.relationOid ?? 0)?.table.name ?? [],
    );
    return tables.length > 0 ? { kind: 'truncated', tables } : null;
  }
}

/** Where others than the keys identify a row, a delete does not say which row, and a key may change unseen. */
function assertOldKeys(
  { table, keys }: TableLayout,
  { replicaIdentity, keyColumns }: Pgoutput.MessageRelation,
): void {
  if (replicaIdentity === 'full') return;
  const unknown = keys.filter(({ source }) => !keyColumns.includes(source));
  if (unknown.length === 0) return;
  const names = unknown.map(({ source }) => JSON.stringify(source)).join(', ');
  throw new TerminalError(
    'CAPTURE_KEY_UNKNOWN',
    `Table ${table.name}: the log of ${table.source} does not have the old value of key ${names} any more. Give the table REPLICA IDENTITY FULL, then start over: "tidemark dev capture --drop".`,
  );
}
