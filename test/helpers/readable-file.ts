import type { Dialect } from '../../lib/ports.ts';
import type { Column } from '../../lib/config/column-type.ts';
import type { Change, Values } from './oracle-types.ts';
import { canonicalText } from './oracle-values.ts';

interface FileParts {
  readonly columns: readonly Column[];
  readonly changes: readonly Change[];
}

/** A file that the engine can read: columns of a type that it reads no parquet of are text, canonical like its own. */
export function readableFile(dialect: Dialect, { columns, changes }: FileParts): FileParts {
  const texts = columns.filter(({ type }) => dialect.unreadable({ name: 'any', type }) !== null);
  if (texts.length === 0) return { columns, changes };
  const inText = ({ name, type }: Column): Column =>
    texts.some((column) => column.name === name) ? { name, type: { kind: 'string' } } : { name, type };
  const spelled = (values: Values): Values => {
    const found = texts.flatMap(({ name, type }) => {
      const text = values[name] ?? null;
      return text === null ? [] : [[name, canonicalText(type, text)]];
    });
    return { ...values, ...Object.fromEntries(found) };
  };
  return {
    columns: columns.map(inText),
    changes: changes.map((change) => ({ ...change, values: spelled(change.values) })),
  };
}
