import type { Column } from '../config/column-type.ts';
import { PipelineError } from '../errors.ts';
import type { SqlSession, TableRef } from '../ports.ts';

/** A table or view that is there. */
export interface Relation {
  /** `table` is one that the engine can keep a history in. */
  readonly kind: 'table' | 'view' | 'other';
  /** What it is in the engine's own words, for messages. */
  readonly described: string;
  /** In table order; null when one has a type that no column of ours has, which `foreign` then tells. */
  readonly columns: readonly Column[] | null;
  readonly foreign: string | null;
}

/** What stands under a name, or null. A schema that is not there has nothing in it. */
export async function readRelation(session: SqlSession, ref: TableRef): Promise<Relation | null> {
  try {
    const columns = await session.columns(ref);
    if (columns === null) return null;
    return { ...(await describe(session, ref)), columns, foreign: null };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    if (error.code === 'TABLE_MISSING' || error.code === 'SCHEMA_MISSING') return null;
    if (error.code !== 'COLUMN_TYPE_FOREIGN') throw error;
    return { ...(await describe(session, ref)), columns: null, foreign: error.message };
  }
}

async function describe(session: SqlSession, ref: TableRef): Promise<Pick<Relation, 'kind' | 'described'>> {
  const { dialect } = session;
  if (dialect.name === 'duckdb') {
    const text = dialect.stringLiteral;
    const [row] = await session.query(
      `select table_type from information_schema.tables where table_catalog = current_database() and lower(table_schema) = lower(${text(ref.schema)}) and lower(table_name) = lower(${text(ref.name)})`,
    );
    const type = row?.[0] ?? 'unknown';
    return { kind: type === 'VIEW' ? 'view' : type === 'BASE TABLE' ? 'table' : 'other', described: type };
  }
  const rows = await session.query(`describe table extended ${dialect.tableName(ref)}`);
  // A column may have any name, so only what follows the last heading counts.
  const details = rows.slice(rows.findLastIndex(([name]) => name === '# Detailed Table Information') + 1);
  const detail = (wanted: string): string => details.find(([name]) => name === wanted)?.[1] ?? '';
  const [type, provider] = [detail('Type'), detail('Provider')];
  if (type === 'VIEW') return { kind: 'view', described: 'view' };
  const isDelta = provider.toLowerCase() === 'delta' && (type === 'MANAGED' || type === 'EXTERNAL');
  return { kind: isDelta ? 'table' : 'other', described: `${type} ${provider}`.trim().toLowerCase() };
}
