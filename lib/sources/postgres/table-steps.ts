import { pgsql, tableName } from '../quote.ts';
import type { Answer, PrerequisiteRequest, SourceTable, Step } from '../source.ts';
import { POSTGRES_GUIDE } from './facts.ts';

/** That every table is there and readable, and logs whole rows. */
export function tableSteps(request: PrerequisiteRequest): Step[] {
  if (request.tables.length === 0) return [];
  return [knownTables(request), ...(request.fullLoadOnly ? [] : [replicaIdentity(request)])];
}

function knownTables({ tables, user, fullLoadOnly }: PrerequisiteRequest): Step {
  return {
    title: 'Tables that DMS can copy',
    why: 'A table that is spelled otherwise is left out without a word.',
    where: 'source database',
    check: `select wanted.schema_name, wanted.table_name,
  case
    when c.oid is null then 'missing'
    when c.relkind not in ('r', 'p') then 'no table'
    when c.relpersistence <> 'p' then 'not logged'
    when not has_schema_privilege(${pgsql.literal(user)}, n.oid, 'usage') then 'schema closed'
    when not has_table_privilege(${pgsql.literal(user)}, c.oid, 'select') then 'not readable'
    when c.relkind = 'p' then 'partitioned'
    when not exists (select 1 from pg_catalog.pg_index as i where i.indrelid = c.oid and i.indisprimary) then 'no primary key'
    else 'ready'
  end as verdict
from ${wantedTables(tables)}
left join pg_catalog.pg_namespace as n on n.nspname = wanted.schema_name
left join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = wanted.table_name
order by 1, 2;`,
    answers: [...VERDICTS, ...(fullLoadOnly ? [] : CHANGE_VERDICTS)],
    see: POSTGRES_GUIDE,
  };
}

const VERDICTS: readonly Answer[] = [
  { answer: 'ready', means: 'ready' },
  {
    answer: 'missing',
    means: 'there is no such table; `source` must be spelled as the server does, case included',
  },
  { answer: 'no table', means: 'it is a view, a foreign table or the like, which DMS does not follow' },
  { answer: 'schema closed, not readable', means: 'the role lacks a grant above' },
  { answer: 'error: role … does not exist', means: 'make the role first' },
];

const CHANGE_VERDICTS: readonly Answer[] = [
  { answer: 'not logged', means: 'it is unlogged or temporary, so its changes are in no log' },
  { answer: 'partitioned', means: 'changes arrive under the names of its partitions; name these as tables' },
  { answer: 'no primary key', means: 'updates and deletes are known only with REPLICA IDENTITY FULL, below' },
];

function replicaIdentity({ tables }: PrerequisiteRequest): Step {
  return {
    title: 'Whole rows in the log',
    why: 'With REPLICA IDENTITY FULL the log has the old row of an update or delete too: a delete then tells what the row was, and an update its old key. The log has long values that did not change in the old row only: verify that they arrive. It makes the log larger. Needs the owner of the table.',
    where: 'source database',
    sql: tables.map((table) => `alter table ${tableName(pgsql, table)} replica identity full;`).join('\n'),
    check: `select wanted.schema_name, wanted.table_name,
  case c.relreplident when 'f' then 'full' when 'd' then 'key only' when 'i' then 'index only' when 'n' then 'nothing' else 'missing' end as verdict
from ${wantedTables(tables)}
left join pg_catalog.pg_namespace as n on n.nspname = wanted.schema_name
left join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = wanted.table_name
order by 1, 2;`,
    answers: [
      { answer: 'full', means: 'ready' },
      {
        answer: 'key only, index only',
        means:
          'a delete carries its key and no other column; long values that did not change may come as null: verify',
      },
      { answer: 'nothing', means: 'updates and deletes cannot be told apart: set it' },
      { answer: 'missing', means: 'there is no such table' },
    ],
    see: POSTGRES_GUIDE,
  };
}

function wantedTables(tables: readonly SourceTable[]): string {
  const rows = tables.map(({ schema, table }) => `    (${pgsql.literal(schema)}, ${pgsql.literal(table)})`);
  return `(values\n${rows.join(',\n')}\n  ) as wanted (schema_name, table_name)`;
}
