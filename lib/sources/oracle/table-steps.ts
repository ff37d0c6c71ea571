import { plsql } from '../quote.ts';
import type { PrerequisiteRequest, SourceTable, Step } from '../source.ts';
import { ORACLE_GUIDE } from './facts.ts';

/** That every table is there as it is spelled. */
export function tableSteps({ tables }: PrerequisiteRequest): Step[] {
  if (tables.length === 0) return [];
  return [
    {
      title: 'Tables that DMS can copy',
      why: 'A table that is spelled otherwise is left out without a word.',
      where: 'source database',
      check: `select
  wanted.owner,
  wanted.table_name,
  (select count(*) from dba_tables t
    where t.owner = wanted.owner and t.table_name = wanted.table_name) as tables,
  (select count(*) from dba_tables t
    where t.owner = wanted.owner and t.table_name = wanted.table_name and t.temporary = 'Y') as temporary_tables,
  (select count(*) from dba_constraints c
    where c.owner = wanted.owner and c.table_name = wanted.table_name and c.constraint_type = 'P') as primary_keys,
  (select count(*) from dba_tab_cols c
    where c.owner = wanted.owner and c.table_name = wanted.table_name and c.virtual_column = 'YES') as virtual_columns
from ${wantedTables(tables)}
order by 1, 2;`,
      answers: [
        { answer: 'tables 1, primary_keys 1', means: 'ready' },
        {
          answer: 'tables 0',
          means:
            'there is no such table; `source` must be spelled as dba_tables does, in capitals unless made in quotes',
        },
        { answer: 'temporary_tables 1', means: 'DMS does not copy it' },
        { answer: 'primary_keys 0', means: 'make sure that `keys` of the table tell its rows apart' },
        {
          answer: 'virtual_columns above 0',
          means: 'DMS does not copy them; an index on an expression counts as one',
        },
      ],
      see: ORACLE_GUIDE,
    },
  ];
}

/** Rows of owner and table, for `from … wanted`. */
export function wantedTables(tables: readonly SourceTable[]): string {
  const rows = tables.map(
    ({ schema, table }) =>
      `select ${plsql.literal(schema)} as owner, ${plsql.literal(table)} as table_name from dual`,
  );
  return `(\n  ${rows.join('\n  union all ')}\n) wanted`;
}
