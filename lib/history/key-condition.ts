import type { FileColumn } from '../changes/change-file.ts';
import type { Column } from '../config/column-type.ts';
import type { Dialect } from '../ports.ts';

/** A key column and one value of it, as canonical text. */
export interface KeyValue {
  readonly column: Column;
  readonly text: string;
}

const TEXT = { kind: 'string' } as const;

/** SQL for a value given as text, in the type of its column. Where `isNotKeyValue` is true it fails. */
export function keyLiteral(dialect: Dialect, { column, text }: KeyValue): string {
  const literal = dialect.stringLiteral(text);
  // A cast would take the letters for the bytes.
  return column.type.kind === 'binary'
    ? `unhex(${literal})`
    : dialect.castFromFile(literal, TEXT, column.type);
}

/** SQL that is true where the text is no value of the column's type. Not for binary, whose text is hex. */
export function isNotKeyValue(dialect: Dialect, { column, text }: KeyValue): string {
  return dialect.cannotCastFromFile(dialect.stringLiteral(text), TEXT, column.type);
}

/** Condition that a row has these key values. `true` for none. */
export function keyCondition(dialect: Dialect, key: readonly KeyValue[]): string {
  const equal = key.map(
    (value) => `${dialect.quoteIdentifier(value.column.name)} = ${keyLiteral(dialect, value)}`,
  );
  return equal.length === 0 ? 'true' : equal.join(' and ');
}

/** A key column as a change file holds it: now, and before the change where it says so. */
export interface FileKey {
  readonly value: KeyValue;
  readonly now: FileColumn;
  readonly before: FileColumn | null;
}

/** Condition that a row of a change file has this key, or had it before the change. Never fails on a value. */
export function fileKeyCondition(dialect: Dialect, keys: readonly FileKey[]): string {
  const is = ({ value }: FileKey, column: FileColumn): string => {
    const { type } = value.column;
    const raw = dialect.quoteIdentifier(column.name);
    const equal = `${dialect.castFromFile(raw, column.type, type)} = ${keyLiteral(dialect, value)}`;
    return `case when ${dialect.cannotCastFromFile(raw, column.type, type)} then false else coalesce(${equal}, false) end`;
  };
  const now = keys.map((key) => is(key, key.now)).join(' and ');
  if (keys.every((key) => key.before === null)) return now;
  const before = keys.map((key) => {
    if (key.before === null) return is(key, key.now);
    const unchanged = `${dialect.quoteIdentifier(key.before.name)} is null`;
    return `case when ${unchanged} then ${is(key, key.now)} else ${is(key, key.before)} end`;
  });
  return `(${now}) or (${before.join(' and ')})`;
}
