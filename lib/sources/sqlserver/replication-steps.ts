import { tableName, tsql } from '../quote.ts';
import type { PrerequisiteRequest, Step } from '../source.ts';
import { enableTable } from './cdc-steps.ts';
import { SQLSERVER_CDC_GUIDE } from './facts.ts';
import { agentStep } from './log-steps.ts';

/** That MS-REPLICATION is set up. Publication and articles are DMS's own to make. */
export function replicationSteps(request: PrerequisiteRequest): Step[] {
  const keyless = request.tables.length > 0 ? [withoutKey(request)] : [];
  return [distributor(), publisher(request), agentStep(), ...keyless];
}

function distributor(): Step {
  return {
    title: 'A distributor',
    why: 'MS-REPLICATION needs one, and DMS cannot make it. This makes the server its own distributor; in an availability group do it on every replica. Needs sysadmin. The wizard "Configure Distribution" of Management Studio does the same.',
    where: 'source database',
    sql: `use [master];
if not exists (select 1 from sys.servers where is_distributor = 1)
begin
  declare @server sysname = @@servername;
  exec sp_adddistributor @distributor = @server;
  exec sp_adddistributiondb @database = N'distribution', @security_mode = 1;
  exec sp_adddistpublisher @publisher = @server, @distribution_db = N'distribution', @security_mode = 1;
end;`,
    check: 'exec sp_get_distributor;',
    answers: [
      { answer: 'installed 1, distribution db installed 1, is distribution publisher 1', means: 'ready' },
      {
        answer: 'distribution server NULL, or installed 0',
        means: 'there is none: the task fails with "The Distributor has not been installed correctly"',
      },
    ],
    see: SQLSERVER_CDC_GUIDE,
  };
}

function publisher({ source }: PrerequisiteRequest): Step {
  const text = tsql.literal(source.database);
  return {
    title: 'The database may be published',
    why: 'DMS then makes publication AR_PUBLICATION_<number of the database, five digits> and an article for each table with a primary key, when the task starts and when a table is added. The guide has the very first run done by a login in sysadmin, or the publication made by hand with that name; after it the rights above are enough. Changes of a new table count from the moment its article is there, which can take minutes.',
    where: 'source database',
    sql: `use [master];
exec sp_replicationdboption @dbname = ${text}, @optname = N'publish', @value = N'true';`,
    check: `select name, is_published from sys.databases where name = ${text};`,
    answers: [
      { answer: 'is_published 1', means: 'ready' },
      { answer: 'is_published 0', means: 'it may not be published yet' },
      { answer: 'no rows', means: 'there is no such database' },
    ],
    see: SQLSERVER_CDC_GUIDE,
  };
}

function withoutKey(request: PrerequisiteRequest): Step {
  const database = tsql.name(request.source.database);
  const ids = request.tables.map((table) => `object_id(${tsql.literal(tableName(tsql, table))})`);
  return {
    title: 'MS-CDC for tables without a primary key',
    why: 'MS-REPLICATION follows no table without a primary key, and of such a table updates are lost. This does nothing to tables that have one. Needs sysadmin where MS-CDC is not on yet.',
    where: 'source database',
    sql: `use ${database};
if exists (
  select 1
  from sys.tables as t
  where t.object_id in (
    ${ids.join(',\n    ')}
  )
    and objectproperty(t.object_id, N'TableHasPrimaryKey') = 0
) and (select is_cdc_enabled from sys.databases where database_id = db_id()) = 0
  exec sys.sp_cdc_enable_db;
${request.tables.map((table) => enableTable(table, { onlyWithoutKey: true })).join('\n')}`,
    check: `use ${database};
select schema_name(t.schema_id) as schema_name, t.name as table_name, t.is_tracked_by_cdc
from sys.tables as t
where t.object_id in (
  ${ids.join(',\n  ')}
)
  and objectproperty(t.object_id, N'TableHasPrimaryKey') = 0;`,
    answers: [
      { answer: 'no rows', means: 'every table has a primary key: ready' },
      { answer: 'is_tracked_by_cdc 1', means: 'ready' },
      { answer: 'is_tracked_by_cdc 0', means: 'updates of this table are lost' },
    ],
    see: SQLSERVER_CDC_GUIDE,
  };
}
