import type { PlannedColumn } from './plan-table.ts';
import { quoteIdentifier, quoteList } from './quote.ts';

/** The tables of one publish, quoted, and their columns. */
export interface PublishNames {
  readonly target: string;
  readonly rows: string;
  readonly deletedKeys: string;
  readonly keys: readonly string[];
  readonly columns: readonly PlannedColumn[];
}

/** Counts the keys that staging holds more than once. */
export function renderDuplicateKeys({ rows, keys }: PublishNames): string {
  return `select count(*) as duplicates
from (
  select
  from ${rows}
  group by ${quoteList(keys)}
  having count(*) > 1
) as d`;
}

/** Puts every staged row into an empty target. */
export function renderInsertAll({ target, rows, columns }: PublishNames): string {
  const names = columns.map(({ name }) => name);
  return `insert into ${target} (${quoteList(names)})
select ${quoteList(names)}
from ${rows}`;
}

/** Removes target rows whose key is not staged. */
export function renderDeleteMissing(names: PublishNames): string {
  return `delete from ${names.target} as t
where not exists (
  select
  from ${names.rows} as s
  where ${sameKey(names)}
)`;
}

/** Removes target rows whose key is among the deleted keys. */
export function renderDeleteKeys(names: PublishNames): string {
  return `delete from ${names.target} as t
using ${names.deletedKeys} as s
where ${sameKey(names)}`;
}

/**
 * All of a publish in one statement, and what it did, one row per action: adds what the target does not have,
 * overwrites rows that differ, leaves the others untouched (no new row version, no trigger, no write) and, with
 * `removeMissing`, removes rows whose key is not staged. Postgres 17 or newer.
 */
export function renderMerge(names: PublishNames, removeMissing: boolean): string {
  const columns = names.columns.map(({ name }) => name);
  const update = comparedColumns(names);
  const clauses = [
    update && `  when matched and (${update.differs}) then\n    update set ${update.sets}`,
    `  when not matched then\n    insert (${quoteList(columns)})\n    values (${quoteList(columns, 's.')})`,
    removeMissing && '  when not matched by source then\n    delete',
  ].filter(Boolean);
  return `with merged as (
  merge into ${names.target} as t
  using ${names.rows} as s on ${sameKey(names)}
${clauses.join('\n')}
  returning merge_action() as action
)
select action, count(*) as rows
from merged
group by action`;
}

/** Overwrites target rows that differ from the staged row in any column; null when there is nothing but keys. */
export function renderUpdateChanged(names: PublishNames): string | null {
  const update = comparedColumns(names);
  if (!update) return null;
  return `update ${names.target} as t
set ${update.sets}
from ${names.rows} as s
where ${sameKey(names)}
  and (${update.differs})`;
}

/** Adds staged rows whose key the target does not have. */
export function renderInsertMissing(names: PublishNames): string {
  const columns = names.columns.map(({ name }) => name);
  return `insert into ${names.target} (${quoteList(columns)})
select ${quoteList(columns, 's.')}
from ${names.rows} as s
where not exists (
  select
  from ${names.target} as t
  where ${sameKey(names)}
)`;
}

function sameKey({ keys }: PublishNames): string {
  return keys.map((key) => `t.${quoteIdentifier(key)} = s.${quoteIdentifier(key)}`).join(' and ');
}

/** Keys are compared too where equal keys can read differently. */
function comparedColumns({ keys, columns }: PublishNames): { sets: string; differs: string } | null {
  const compared = columns.filter(({ name, equality }) => !keys.includes(name) || equality !== 'exact');
  if (compared.length === 0) return null;
  return {
    sets: compared.map(({ name }) => `${quoteIdentifier(name)} = s.${quoteIdentifier(name)}`).join(', '),
    differs: compared.map(differs).join('\n    or '),
  };
}

function differs({ name, equality }: PlannedColumn): string {
  const column = quoteIdentifier(name);
  if (equality === 'exact') return `t.${column} is distinct from s.${column}`;
  if (equality === 'text')
    return `t.${column}::text collate "C" is distinct from s.${column}::text collate "C"`;
  return `t.${column} is distinct from s.${column} or (s.${column} = 0 and t.${column}::text <> s.${column}::text)`;
}
