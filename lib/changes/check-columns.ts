import { formatColumnType } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import { FileRejection } from '../errors.ts';
import type { ChangeFile, FileColumn, FileType } from './change-file.ts';
import { foldColumnName } from './column-name.ts';
import type { ColumnRoles } from './column-roles.ts';

/** A file type as messages spell it: `uint8`, `decimal(18,4)`. */
export function formatFileType(type: FileType): string {
  return type.kind === 'uint' ? `uint${type.bits}` : formatColumnType(type);
}

/** Everything a rejection of one file for its columns needs. */
export function rejectColumns(
  table: TableConfig,
  file: ChangeFile,
  code: string,
  what: string,
  fix: string,
  columnsExpected: readonly string[] = [],
): FileRejection {
  return new FileRejection(code, `Table ${table.name}: file ${file.path} ${what}. ${fix}.`, {
    context: { table: table.name, path: file.path },
    columnsSeen: columnsSeen(file),
    columnsExpected,
  });
}

/** The columns of a file with their types, as a rejection lists them. */
export function columnsSeen({ footer }: ChangeFile): string[] {
  return [
    ...footer.columns.map((column) => `${column.name} ${formatFileType(column.type)}`),
    ...footer.unsupported.map((column) => `${column.name} ${column.physical}`),
  ];
}

/**
 * What every file must have, whatever the history looks like: no column of a type without a name, the operation,
 * commit time, keys and (on captured changes of a table ordered by it) the change sequence, each of a usable type,
 * and no source column named like one the history adds. Returns the first reason that fails, or null.
 */
export function checkRequiredColumns(
  table: TableConfig,
  file: ChangeFile,
  roles: ColumnRoles,
): FileRejection | null {
  return (
    checkSupported(table, file) ??
    checkPresent(table, file, roles) ??
    checkChangeTypes(table, file, roles) ??
    checkReserved(table, file, roles)
  );
}

function checkSupported(table: TableConfig, file: ChangeFile): FileRejection | null {
  const { unsupported } = file.footer;
  if (unsupported.length === 0) return null;
  const list = unsupported.map((column) => `${quote(column.name)} (${column.physical})`).join(', ');
  return rejectColumns(
    table,
    file,
    'UNSUPPORTED_TYPE',
    `has columns of a kind that no history holds: ${list}`,
    'Leave them out or convert them in the DMS mapping',
  );
}

function checkPresent(table: TableConfig, file: ChangeFile, roles: ColumnRoles): FileRejection | null {
  const { op, commitTime, changeSeq } = table.changeColumns;
  const needsSequence = table.sequence === 'change-seq' && !file.fullLoad;
  const required: [name: string, found: FileColumn | null, what: string][] = [
    [op, roles.op, 'operation'],
    [commitTime, roles.commitTime, 'commit time'],
    ...[...roles.keys].map(([key, found]): [string, FileColumn | null, string] => [key, found, 'key']),
  ];
  if (needsSequence) required.push([changeSeq, roles.changeSeq, 'change sequence']);
  const missing = required.filter(([, found]) => found === null);
  if (missing.length === 0) return null;
  return rejectColumns(
    table,
    file,
    'COLUMN_MISSING',
    `has no ${missing.map(([name, , what]) => `${what} column ${quote(name)}`).join(', no ')}`,
    'Add it to the DMS mapping, or name the right column in the table config',
    required.map(([name]) => name),
  );
}

function checkChangeTypes(table: TableConfig, file: ChangeFile, roles: ColumnRoles): FileRejection | null {
  const sequence = table.sequence === 'change-seq' ? roles.changeSeq : null;
  const rules: [FileColumn | null, readonly FileType['kind'][]][] = [
    [roles.op, ['string']],
    [roles.commitTime, ['string', 'timestamp', 'timestamptz']],
    [sequence, ['string']],
  ];
  for (const [column, kinds] of rules) {
    if (column === null || kinds.includes(column.type.kind)) continue;
    return rejectColumns(
      table,
      file,
      'COLUMN_TYPE_MISMATCH',
      `has column ${quote(column.name)} as ${formatFileType(column.type)}, which should be ${kinds.join(' or ')}`,
      'Correct the DMS mapping, or name the right column in the table config',
      [`${column.name} ${kinds.join(' or ')}`],
    );
  }
  return null;
}

function checkReserved(table: TableConfig, file: ChangeFile, roles: ColumnRoles): FileRejection | null {
  const reserved = new Map(
    Object.entries(table.historyColumns).map(([use, name]) => [foldColumnName(name), use]),
  );
  for (const column of roles.source) {
    const use = reserved.get(foldColumnName(column.name));
    if (use === undefined) continue;
    return rejectColumns(
      table,
      file,
      'COLUMN_NAME_RESERVED',
      `has a source column ${quote(column.name)}, a name the history uses itself`,
      `Give the history's column another name: historyColumns.${use}`,
    );
  }
  return null;
}

/** For messages. */
export function quote(name: string): string {
  return JSON.stringify(name);
}
