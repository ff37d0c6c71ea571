import { tsql } from '../quote.ts';
import type { Answer, PrerequisiteRequest, Step } from '../source.ts';
import { SQLSERVER_GUIDE } from './facts.ts';
import { wantedTables } from './names.ts';
import { cdcOf } from './supports.ts';

/** That every table is there, and is of a kind that DMS copies. */
export function tableSteps({ source, tables, fullLoadOnly }: PrerequisiteRequest): Step[] {
  if (tables.length === 0) return [];
  return [
    {
      title: 'Tables that DMS can copy',
      why: 'A table that is spelled otherwise is left out without a word. Some kinds of tables and columns are not copied, or not followed.',
      where: 'source database',
      check: `use ${tsql.name(source.database)};
select
  wanted.schema_name,
  wanted.table_name,
  t.object_id,
  objectproperty(t.object_id, N'TableHasPrimaryKey') as primary_key,
  t.is_published as published,
  t.is_tracked_by_cdc as tracked_by_cdc,
  objectproperty(t.object_id, N'TableIsMemoryOptimized') as memory_optimized,
  objectproperty(t.object_id, N'TableTemporalType') as temporal,
  (select count(*) from sys.indexes as i where i.object_id = t.object_id and i.type in (5, 6)) as columnstore_indexes,
  (select count(*) from sys.columns as c where c.object_id = t.object_id and c.is_sparse = 1) as sparse_columns,
  (select count(*) from sys.columns as c where c.object_id = t.object_id and c.is_computed = 1) as computed_columns
from ${wantedTables(tables)}
left join sys.schemas as s on s.name = wanted.schema_name
left join sys.tables as t on t.schema_id = s.schema_id and t.name = wanted.table_name
order by wanted.schema_name, wanted.table_name;`,
      answers: [...KINDS, ...(fullLoadOnly ? [] : changeAnswers(cdcOf(source) === 'ms-cdc'))],
      see: SQLSERVER_GUIDE,
    },
  ];
}

const KINDS: readonly Answer[] = [
  {
    answer: 'object_id NULL',
    means: 'there is no such table; `source` must be spelled as sys.schemas and sys.tables do',
  },
  {
    answer: 'memory_optimized 1, temporal 1 or 2, or columnstore_indexes or sparse_columns above 0',
    means: 'DMS does not copy this table',
  },
  {
    answer: 'computed_columns above 0',
    means: 'their changes do not arrive: put them into `excludeColumns`',
  },
];

function changeAnswers(msCdc: boolean): Answer[] {
  if (msCdc) {
    return [
      { answer: 'tracked_by_cdc 0', means: 'updates of this table are lost: turn MS-CDC on for it, below' },
    ];
  }
  return [
    {
      answer: 'published 0 and tracked_by_cdc 0',
      means: 'before the first run of the task: well. After it: updates of this table are lost',
    },
    {
      answer: 'primary_key 0 and tracked_by_cdc 0',
      means: 'MS-REPLICATION cannot follow it: turn MS-CDC on for it, below',
    },
  ];
}
