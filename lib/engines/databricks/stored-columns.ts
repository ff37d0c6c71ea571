import type { FileColumn } from '../../changes/change-file.ts';
import { quoteIdentifier } from './quote.ts';
import type { Server } from './server.ts';
import { databricksType } from './types.ts';

const UNSIGNED = { 8: 'smallint', 16: 'int', 32: 'bigint', 64: 'decimal(20,0)' } as const;

/**
 * Names and types of a file's columns, by which the server reads all of them: a type that it does not know by the
 * number or the bytes its values are stored as, any other as the server itself would.
 */
export function storedSchema(columns: readonly FileColumn[]): string {
  return columns.map((column) => `${quoteIdentifier(column.name)} ${storedType(column)}`).join(', ');
}

function storedType({ type, stored }: FileColumn): string {
  if (type.kind === 'uint') return UNSIGNED[type.bits];
  if (type.kind === 'uuid') return 'binary';
  if (type.kind === 'time') return stored === 'millis' ? 'int' : 'bigint';
  if (stored === 'nanos') return 'bigint';
  // The server takes these for instants; one older than Spark 4 takes them for nothing else.
  return stored === 'int96' ? 'timestamp' : databricksType(type);
}

/**
 * SQL for the value of a column that was read as it is stored, in a session whose zone is UTC; null where the server
 * knows the type itself. Digits below a microsecond are cut off, before 1970 too.
 *
 * | column | value |
 * |---|---|
 * | time | text `hh:mm:ss.ffffff`, empty where it is none of a day |
 * | uuid | text, in lower case and with hyphens |
 * | timestamp in nanoseconds | timestamp, with a zone or without |
 */
export function fromStored(server: Server, column: FileColumn): string | null {
  const name = quoteIdentifier(column.name);
  switch (column.type.kind) {
    case 'time':
      return server.namesTypes ? timeOfDay(name, column.stored) : clock(onFirstDay(name));
    case 'uuid':
      return `regexp_replace(lower(hex(${name})), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '$1-$2-$3-$4-$5')`;
    case 'timestamp':
      return column.stored === 'nanos' ? `cast(${moment(name, 'nanos')} as timestamp_ntz)` : null;
    case 'timestamptz':
      return column.stored === 'nanos' ? moment(name, 'nanos') : null;
    default:
      return null;
  }
}

/** How many there are in a second, by how a time is stored. */
const PARTS = { millis: 1e3, micros: 1e6, nanos: 1e9, int96: 1e9 } as const;

/** A file can hold times beyond a day, which a clock would show as one of it. */
function timeOfDay(name: string, stored: FileColumn['stored']): string {
  const last = 86_400 * PARTS[stored ?? 'micros'] - 1;
  const text = clock(moment(name, stored));
  return `case when ${name} between 0 and ${last} then ${text} when ${name} is not null then '' end`;
}

function clock(moment: string): string {
  return `date_format(${moment}, 'HH:mm:ss.SSSSSS')`;
}

/** Both divisions of the server go towards zero. */
function moment(name: string, stored: FileColumn['stored']): string {
  if (stored === 'millis') return `timestamp_millis(${name})`;
  if (stored === 'nanos') return `timestamp_micros(${name} div 1000 - if(${name} % 1000 < 0, 1, 0))`;
  return `timestamp_micros(${name})`;
}

/** The server's own time of day, which its formatter does not take. */
function onFirstDay(name: string): string {
  return `make_timestamp_ntz(date '1970-01-01', ${name})`;
}
