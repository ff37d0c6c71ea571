import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import type { TextRow } from '../../lib/ports.ts';

const INTEGER = /^-?\d+$/;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Makes a row's line of ndjson, newline included, columns in table order. Built as text: an object would move a column
 * named `1` to the front and lose one named `__proto__`. @see docs/ndjson.md
 */
export function ndjsonLine(columns: readonly Column[]): (row: TextRow) => string {
  const names = columns.map((column) => `${JSON.stringify(column.name)}:`);
  const isNative = columns.map((column) => nativePattern(column.type));
  return (row) => {
    const members = names.map((name, at) => {
      const value = row[at] ?? null;
      if (value === null) return `${name}null`;
      return name + (isNative[at]?.test(value) ? value : JSON.stringify(value));
    });
    return `{${members.join(',')}}\n`;
  };
}

/** Canonical text that is JSON as it stands; null for types that are always strings. */
function nativePattern(type: ColumnType): RegExp | null {
  switch (type.kind) {
    case 'int':
      return type.bits === 64 ? null : INTEGER;
    case 'float':
    case 'double':
      return JSON_NUMBER;
    case 'boolean':
      return /^(?:true|false)$/;
    default:
      return null;
  }
}
