import { leadingNumber } from '../common-problems.ts';
import { RDS_GUIDE } from '../guide.ts';
import { tableName, tsql } from '../quote.ts';
import type { PrerequisiteRequest, SourceTable, Step } from '../source.ts';
import { SQLSERVER_CDC_GUIDE } from './facts.ts';
import { agentStep } from './log-steps.ts';
import { captureInstance } from './names.ts';
import { isManagedInstance } from './supports.ts';

/** Seconds between two runs of the capture job: the server's default, and a day less one second. */
const DEFAULT_POLLING = 5;
const LONGEST_POLLING = 86_399;

/** First version of DMS that reads log backups of RDS, as numbers. */
const READS_RDS_BACKUPS = [3, 5, 3] as const;

/** That MS-CDC is on for the database and each table, and its jobs leave DMS time. */
export function cdcSteps(request: PrerequisiteRequest): Step[] {
  const tables = request.tables.length > 0 ? [trackedTables(request)] : [];
  const managed = request.source.hosting === 'rds' || isManagedInstance(request.source);
  const agent = managed ? [] : [agentStep()];
  return [database(request), ...tables, ...agent, polling(request)];
}

/** Turns MS-CDC on for a table that exists and has it not. */
export function enableTable(table: SourceTable, options: { onlyWithoutKey?: boolean } = {}): string {
  const id = `object_id(${tsql.literal(tableName(tsql, table))})`;
  const keyless = options.onlyWithoutKey ? ` and objectproperty(object_id, N'TableHasPrimaryKey') = 0` : '';
  return `if exists (select 1 from sys.tables where object_id = ${id} and is_tracked_by_cdc = 0${keyless})
  exec sys.sp_cdc_enable_table @source_schema = ${tsql.literal(table.schema)}, @source_name = ${tsql.literal(table.table)}, @role_name = null${captureInstance(table)};`;
}

function database({ source }: PrerequisiteRequest): Step {
  const onRds = source.hosting === 'rds';
  const text = tsql.literal(source.database);
  return {
    title: 'MS-CDC for the database',
    why: onRds
      ? 'Run it as the master user. A restore turns it off: then run this and the steps after it again, and reload the tables.'
      : 'Needs sysadmin. A restore without keep_cdc turns it off: then run this and the steps after it again, and reload the tables.',
    where: 'source database',
    sql: onRds
      ? `if (select is_cdc_enabled from sys.databases where name = ${text}) = 0
  exec msdb.dbo.rds_cdc_enable_db ${text};`
      : `use ${tsql.name(source.database)};
if (select is_cdc_enabled from sys.databases where database_id = db_id()) = 0
  exec sys.sp_cdc_enable_db;`,
    check: `select name, is_cdc_enabled from sys.databases where name = ${text};`,
    answers: [
      { answer: 'is_cdc_enabled 1', means: 'ready' },
      { answer: 'is_cdc_enabled 0', means: 'it was never turned on, or a restore turned it off' },
      { answer: 'no rows', means: 'there is no such database' },
    ],
    see: onRds ? `${RDS_GUIDE}/Appendix.SQLServer.CommonDBATasks.CDC.html` : SQLSERVER_CDC_GUIDE,
  };
}

function trackedTables({ source, tables }: PrerequisiteRequest): Step {
  const name = tsql.name(source.database);
  const ids = tables.map((table) => `object_id(${tsql.literal(tableName(tsql, table))})`);
  return {
    title: 'MS-CDC for each table',
    why: "Updates of a table without it are lost; verify with one of each table that it arrives. Needs db_owner. Net changes are supported by themselves where there is a primary key; for a table with a unique index and no primary key add @index_name = N'<index>', whose columns must all be not null (error 22838).",
    where: 'source database',
    sql: `use ${name};\n${tables.map((table) => enableTable(table)).join('\n')}`,
    check: `use ${name};
select schema_name(t.schema_id) as schema_name, t.name as table_name, t.is_tracked_by_cdc
from sys.tables as t
where t.object_id in (
  ${ids.join(',\n  ')}
)
order by t.is_tracked_by_cdc, schema_name, table_name;`,
    answers: [
      { answer: 'is_tracked_by_cdc 1', means: 'ready' },
      { answer: 'is_tracked_by_cdc 0', means: 'updates of this table are lost' },
      { answer: 'a table is not listed', means: 'there is no such table' },
    ],
    see: SQLSERVER_CDC_GUIDE,
  };
}

function polling(request: PrerequisiteRequest): Step {
  const { source } = request;
  const readsBackups = source.hosting === 'rds' && readsRdsBackups(request.dmsVersion);
  const seconds = readsBackups ? DEFAULT_POLLING : LONGEST_POLLING;
  const throughput = readsBackups ? '' : ', @maxtrans = 5000, @maxscans = 20';
  return {
    title: readsBackups ? 'Capture job at its default pace' : 'Capture job that leaves DMS a day',
    why: readsBackups
      ? FAST_WHY
      : source.hosting === 'rds'
        ? `${SLOW_RDS} ${SLOW_WHY}`
        : `${SLOW_OWN} ${SLOW_WHY}`,
    where: 'source database',
    sql: `use ${tsql.name(source.database)};
exec sys.sp_cdc_change_job @job_type = N'capture', @pollinginterval = ${seconds}${throughput};
exec sys.sp_cdc_stop_job @job_type = N'capture';
exec sys.sp_cdc_start_job @job_type = N'capture';${
      source.hosting === 'rds'
        ? `\nexec rdsadmin.dbo.rds_set_configuration 'cdc_capture_pollinginterval', ${seconds};`
        : ''
    }`,
    check: `use ${tsql.name(source.database)};\nexec sys.sp_cdc_help_jobs;`,
    answers: [
      { answer: `a row "capture" with pollinginterval ${seconds}, and a row "cleanup"`, means: 'ready' },
      ...(readsBackups ? [] : [BUILD_ANSWER]),
      {
        answer: 'no row "capture"',
        means: 'no table is tracked yet, or the database is published too: then the log reader does its work',
      },
    ],
    see: SQLSERVER_CDC_GUIDE,
  };
}

const FAST_WHY =
  'DMS 3.5.3 and later reads log backups on RDS, and wants the interval at 5 seconds; set it once the task runs on that version. With `engineVersion` below 3.5.3 this command prints other values. The last line is for Multi-AZ, where the standby has jobs of its own.';
const SLOW_RDS =
  "DMS before 3.5.3 reads only the active log on RDS, and the capture job lets go of what it has scanned: so it scans once a day. While the task stands still for more than an hour, stop the job (exec sys.sp_cdc_stop_job @job_type = N'capture') and start it when the task has caught up. A stop longer than the log reaches means a reload. The last line is for Multi-AZ.";
const SLOW_OWN =
  'A login that cannot read log backups has only the active log, and the capture job lets go of what it has scanned: so it scans once a day. A login that can (sysadmin, or the signed procedures) may keep 5 seconds.';
const SLOW_WHY =
  'Raise @maxtrans × @maxscans until it is above the transactions of a day, or the log grows without end, and watch it with dbcc sqlperf(logspace). Some builds take an interval above 3,599 seconds for 5 seconds (KB4459220).';

const BUILD_ANSWER = {
  answer: `another pollinginterval than ${LONGEST_POLLING}, or change tables that fill within seconds although it is right`,
  means:
    'a build with the fault of KB4459220: update the server, or set 3599 and expect an hour instead of a day',
};

function readsRdsBackups(version: string | null): boolean {
  if (version === null) return true;
  const parts = version.split('.').map((part) => leadingNumber(part) ?? 0);
  for (const [index, least] of READS_RDS_BACKUPS.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
