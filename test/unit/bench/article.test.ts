import { expect, it } from 'vitest';
import { renderArticleBatch } from '../../../bench/article.ts';
import { createDatabricksDialect } from '../../../lib/engines/databricks/dialect.ts';

const TABLE = {
  ref: { catalog: 'spark_catalog', schema: 's', name: 't' },
  key: 'test key',
  columns: [
    { name: 'test key', type: { kind: 'int', bits: 64 } },
    { name: 'test_field1', type: { kind: 'string' } },
  ],
} as const;

it('runs the statements of the article in its order, over its views', () => {
  const [files, last, updates, deletes, upsert, remove] = renderArticleBatch(
    createDatabricksDialect('open-spark'),
    TABLE,
    ['/feed/LOAD00000001.parquet'],
  );

  expect([files, last, updates, deletes]).toEqual([
    'create or replace temporary view DF as select * from parquet.`/feed/LOAD00000001.parquet`',
    'create or replace temporary view data_df as\n' +
      'select `test key`, `test_field1`, Op, cast(tx_commit_time as timestamp) as tx_commit_time\n' +
      'from (select *, row_number() over (partition by `test key` order by tx_commit_time desc) as row_num from DF) A\n' +
      'where A.row_num = 1',
    "create or replace temporary view updates as select * from data_df where Op in ('I', 'U')",
    "create or replace temporary view deletes as select * from data_df where Op = 'D'",
  ]);
  expect(upsert).toBe(`merge into \`spark_catalog\`.\`s\`.\`t\` tbl
using (
  select updates.\`test key\` as merge_key, updates.* from updates
  union all
  select null as merge_key, updates.* from updates
  join \`spark_catalog\`.\`s\`.\`t\` as test_tbl on updates.\`test key\` = test_tbl.\`test key\`
  where test_tbl.current = true and ((test_tbl.\`test_field1\` <> updates.\`test_field1\`))
) staged_updates
on tbl.\`test key\` = merge_key
when matched and tbl.current = true and ((tbl.\`test_field1\` <> staged_updates.\`test_field1\`))
  then update set tbl.current = false, tbl.end_date = staged_updates.tx_commit_time
when not matched then insert (\`test key\`, \`test_field1\`, current, effective_date, end_date)
  values (staged_updates.\`test key\`, staged_updates.\`test_field1\`, true, staged_updates.tx_commit_time, null)`);
  expect(remove).toBe(`merge into \`spark_catalog\`.\`s\`.\`t\` tbl
using deletes del on tbl.\`test key\` = del.\`test key\`
when matched then update set tbl.current = false, tbl.end_date = del.tx_commit_time
when not matched then insert (\`test key\`, \`test_field1\`, current, effective_date, end_date)
  values (del.\`test key\`, del.\`test_field1\`, false, del.tx_commit_time, del.tx_commit_time)`);
});
