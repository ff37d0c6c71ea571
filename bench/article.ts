import type { Column } from '../lib/config/column-type.ts';
import type { Dialect, TableRef } from '../lib/ports.ts';

/** A history kept by the article's statements. */
export interface ArticleTable {
  readonly ref: TableRef;
  readonly key: string;
  /** The source's columns, the key among them. */
  readonly columns: readonly Column[];
}

/**
 * The table as the article has it: the source's columns and the three of its history, no layout, no properties.
 * (Open Delta has to be told of timestamps without a zone.)
 */
export function renderArticleTable(dialect: Dialect, { ref, columns }: ArticleTable): string {
  const q = dialect.quoteIdentifier;
  const source = columns.map(({ name, type }) => `  ${q(name)} ${dialect.columnType(type)}`);
  const own = ['  current boolean', '  effective_date timestamp', '  end_date timestamp'];
  return [
    `create table ${dialect.tableName(ref)} (\n${[...source, ...own].join(',\n')}\n)`,
    `using delta tblproperties ('delta.feature.timestampNtz' = 'supported')`,
  ].join('\n');
}

/**
 * The article's statements for the files of one batch, in order: views of the last operation of each key, the merge of
 * upserts, the merge of deletes. They are as printed there, with these columns for its own; the commit time, which is
 * text in the files, is cast where its views name it. What they get wrong is part of them: `<>` sees no change from or
 * to null, and a key that comes back after a delete finds its closed row and is not inserted.
 */
export function renderArticleBatch(
  dialect: Dialect,
  table: ArticleTable,
  files: readonly string[],
): readonly string[] {
  return [
    ...renderViews(dialect, table, files),
    renderUpserts(dialect, table),
    renderDeletes(dialect, table),
  ];
}

interface Names {
  readonly target: string;
  readonly key: string;
  readonly values: readonly string[];
  /** Keys and values. */
  readonly source: readonly string[];
}

function namesOf(dialect: Dialect, { ref, key, columns }: ArticleTable): Names {
  const source = columns.map(({ name }) => dialect.quoteIdentifier(name));
  const quotedKey = dialect.quoteIdentifier(key);
  return {
    target: dialect.tableName(ref),
    key: quotedKey,
    values: source.filter((name) => name !== quotedKey),
    source,
  };
}

function renderViews(dialect: Dialect, table: ArticleTable, files: readonly string[]): readonly string[] {
  const { key, source } = namesOf(dialect, table);
  const last = [
    `select ${source.join(', ')}, Op, cast(tx_commit_time as timestamp) as tx_commit_time`,
    `from (select *, row_number() over (partition by ${key} order by tx_commit_time desc) as row_num from DF) A`,
    'where A.row_num = 1',
  ].join('\n');
  return [
    `create or replace temporary view DF as select * from ${dialect.readFiles(files, table.columns)}`,
    `create or replace temporary view data_df as\n${last}`,
    "create or replace temporary view updates as select * from data_df where Op in ('I', 'U')",
    "create or replace temporary view deletes as select * from data_df where Op = 'D'",
  ];
}

function renderUpserts(dialect: Dialect, table: ArticleTable): string {
  const { target, key, values, source } = namesOf(dialect, table);
  const differs = (a: string, b: string) => values.map((v) => `(${a}.${v} <> ${b}.${v})`).join(' or ');
  return [
    `merge into ${target} tbl`,
    'using (',
    `  select updates.${key} as merge_key, updates.* from updates`,
    '  union all',
    '  select null as merge_key, updates.* from updates',
    `  join ${target} as test_tbl on updates.${key} = test_tbl.${key}`,
    `  where test_tbl.current = true and (${differs('test_tbl', 'updates')})`,
    ') staged_updates',
    `on tbl.${key} = merge_key`,
    `when matched and tbl.current = true and (${differs('tbl', 'staged_updates')})`,
    '  then update set tbl.current = false, tbl.end_date = staged_updates.tx_commit_time',
    `when not matched then insert (${source.join(', ')}, current, effective_date, end_date)`,
    `  values (${source.map((c) => `staged_updates.${c}`).join(', ')}, true, staged_updates.tx_commit_time, null)`,
  ].join('\n');
}

function renderDeletes(dialect: Dialect, table: ArticleTable): string {
  const { target, key, source } = namesOf(dialect, table);
  return [
    `merge into ${target} tbl`,
    `using deletes del on tbl.${key} = del.${key}`,
    'when matched then update set tbl.current = false, tbl.end_date = del.tx_commit_time',
    `when not matched then insert (${source.join(', ')}, current, effective_date, end_date)`,
    `  values (${source.map((c) => `del.${c}`).join(', ')}, false, del.tx_commit_time, del.tx_commit_time)`,
  ].join('\n');
}
