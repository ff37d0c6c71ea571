import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { foldName } from '../config/names.ts';
import { sourceSchema, sourceTable } from '../config/paths.ts';
import { type ConfigPath, type Finding, quote } from '../config/problem.ts';
import { hasWildcard, matchesPattern } from './name-pattern.ts';
import {
  MAX_MAPPINGS_BYTES,
  renderTableMappings,
  replicatedTables,
  tableMappings,
} from './table-mappings.ts';

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** What is wrong with what a replication copies. `maxBytes` is the largest JSON of mappings that DMS takes. */
export function lintMappings(
  config: Pick<Config, 'storage' | 'tables'>,
  replication: Pick<ReplicationConfig, 'name' | 'migration'>,
  path: ConfigPath,
  maxBytes = MAX_MAPPINGS_BYTES,
): Finding[] {
  const tables = replicatedTables(config, replication);
  if (tables.length === 0) {
    const hint = 'Name it in `replication` of a table, or remove it.';
    return [{ path, message: 'copies no table', hint }];
  }
  const found = tables.flatMap((table) => lintTable(table, ['tables', config.tables.indexOf(table)]));
  return [...found, ...lintCommitTime(config, tables), ...lintSize(config, replication, path, maxBytes)];
}

function lintTable(table: TableConfig, path: ConfigPath): Finding[] {
  return [
    ...lintSourceName(table, [...path, 'source']),
    ...lintOpColumn(table, [...path, 'changeColumns', 'op']),
    ...table.excludeColumns.flatMap((column, i) =>
      lintExcluded(table, column, [...path, 'excludeColumns', i]),
    ),
  ];
}

/** A name without its schema is for `sourceProblems` to tell. */
function lintSourceName({ source }: TableConfig, path: ConfigPath): Finding[] {
  if (!hasWildcard(sourceSchema(source)) && !hasWildcard(sourceTable(source))) return [];
  const message = `${quote(source)} has %, [ or ] in it, by which DMS would take other tables, too`;
  return [{ path, message, hint: 'Rename the table at the source, or leave it out.' }];
}

function lintOpColumn({ changeColumns: { op } }: TableConfig, path: ConfigPath): Finding[] {
  if (foldName(op) === 'op') return [];
  return [
    { path, message: `${quote(op)} is not what DMS calls it`, hint: 'Remove it: the column is named Op.' },
  ];
}

/** Letters that no rule is applied to are for `sourceProblems` to tell. */
function lintExcluded(table: TableConfig, column: string, path: ConfigPath): Finding[] {
  const hint = 'Rename the column at the source, or copy the table without leaving it out.';
  if (hasWildcard(column) || RIGHT_TO_LEFT.test(column)) {
    const message = `${quote(column)} has characters in its name by which DMS cannot leave it out`;
    return [{ path, message, hint }];
  }
  const known = [...table.keys, ...Object.keys(table.columns), ...trackedColumns(table)];
  const other = known.find((name) => name !== column && matchesPattern(column, name));
  if (other === undefined) return [];
  const message = `${quote(column)} would leave out ${quote(other)}, too: to DMS an underscore is any character`;
  return [{ path, message, hint }];
}

function trackedColumns({ track }: TableConfig): readonly string[] {
  return track.kind === 'all' ? [] : track.columns;
}

/** The endpoint names the column once, for all tables that are written through it. */
function lintCommitTime({ tables: all }: Pick<Config, 'tables'>, tables: readonly TableConfig[]): Finding[] {
  const first = tables.reduce((a, b) => (all.indexOf(b) < all.indexOf(a) ? b : a));
  const wanted = first.changeColumns.commitTime;
  const hint = 'Give tables of one replication one name, or copy them by another replication.';
  return tables
    .filter(({ changeColumns }) => foldName(changeColumns.commitTime) !== foldName(wanted))
    .map((table) => ({
      path: ['tables', all.indexOf(table), 'changeColumns', 'commitTime'],
      message: `${quote(table.changeColumns.commitTime)} is ${quote(wanted)} in another table of the replication`,
      hint,
    }));
}

function lintSize(
  config: Pick<Config, 'storage' | 'tables'>,
  replication: Pick<ReplicationConfig, 'name' | 'migration'>,
  path: ConfigPath,
  maxBytes: number,
): Finding[] {
  const bytes = Buffer.byteLength(renderTableMappings(tableMappings(config, replication)));
  if (bytes <= maxBytes) return [];
  const message = `has table mappings of ${bytes} bytes, more than the ${maxBytes} that DMS takes`;
  return [{ path, message, hint: 'Share its tables out over several replications.' }];
}
