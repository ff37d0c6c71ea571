import { RDS_GUIDE } from '../guide.ts';
import { tsql } from '../quote.ts';
import type { PrerequisiteRequest, Step } from '../source.ts';
import { SQLSERVER_CDC_GUIDE, SQLSERVER_GUIDE } from './facts.ts';
import { isManagedInstance } from './supports.ts';

/** That the log holds what DMS reads. */
export function logSteps(request: PrerequisiteRequest): Step[] {
  return [recovery(request), features(request), largeValues(request)];
}

function recovery({ source }: PrerequisiteRequest): Step {
  const onRds = source.hosting === 'rds';
  const [name, text] = [tsql.name(source.database), tsql.literal(source.database)];
  return {
    title: 'Full recovery model and a full backup',
    why: onRds
      ? 'RDS keeps the full recovery model as long as automated backups are on, and DMS reads log backups of at least a day.'
      : 'Until the first full backup the log is cut at every checkpoint, whatever the recovery model says. The backup must be native, unencrypted, and in one file: DMS cannot read one that is spread over several.',
    where: onRds ? 'RDS instance' : 'source database',
    ...(onRds && { settings: { BackupRetentionPeriod: '1 or more (days)' } }),
    ...(!onRds &&
      !isManagedInstance(source) && {
        sql: `use [master];
alter database ${name} set recovery full;
backup database ${name} to disk = N'<path of the backup file>';`,
      }),
    check: `select d.recovery_model_desc, r.last_log_backup_lsn
from sys.databases as d
left join sys.database_recovery_status as r on r.database_id = d.database_id
where d.name = ${text};`,
    answers: [
      { answer: 'FULL or BULK_LOGGED, and a number', means: 'ready' },
      { answer: 'SIMPLE', means: 'changes are lost; the task fails at its start (FatalOnSimpleModel)' },
      {
        answer: 'last_log_backup_lsn NULL',
        means: 'no full backup since the recovery model was set: take one',
      },
      { answer: 'no rows', means: 'there is no such database' },
    ],
    see: onRds ? `${RDS_GUIDE}/USER_WorkingWithAutomatedBackups.html` : SQLSERVER_GUIDE,
  };
}

function features({ source }: PrerequisiteRequest): Step {
  const name = tsql.name(source.database);
  return {
    title: 'No feature of the database that DMS cannot follow',
    why: 'DMS replicates from no database with accelerated database recovery, and loses transactions with delayed durability. Run only the line that the check asks for; the first needs the database to itself.',
    where: 'source database',
    sql: `use [master];
alter database ${name} set accelerated_database_recovery = off;
alter database ${name} set delayed_durability = disabled;`,
    check: `select d.is_accelerated_database_recovery_on, d.delayed_durability_desc
from sys.databases as d
where d.name = ${tsql.literal(source.database)};`,
    answers: [
      { answer: '0 and DISABLED', means: 'ready' },
      { answer: '1, or ALLOWED or FORCED', means: 'turn it off with the SQL above' },
      {
        answer: 'error 207 (invalid column name)',
        means: 'the server is older than the feature (2019 and 2014) and ready without it',
      },
    ],
    see: SQLSERVER_GUIDE,
  };
}

function largeValues({ source }: PrerequisiteRequest): Step {
  const onRds = source.hosting === 'rds';
  return {
    title: 'Large values that applications can still write',
    why: 'Once a table is published or tracked, the server refuses applications that write a LOB above this size (error 7139). It is 65,536 bytes unless set.',
    where: onRds ? 'RDS parameter group' : 'server configuration',
    ...(onRds
      ? { settings: { 'max text repl size (b)': '-1' } }
      : { sql: `exec sys.sp_configure N'max text repl size', -1;\nreconfigure;` }),
    check: `select value_in_use from sys.configurations where name = N'max text repl size (B)';`,
    answers: [
      { answer: '-1', means: 'ready: no bound' },
      {
        answer: '65536 or another number',
        means: 'longer values fail in the application; set it before tables are published or tracked',
      },
    ],
    see: 'https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.AssessmentReport.SqlServer.html',
  };
}

/** That the jobs of SQL Server's agent run. On RDS it always does. */
export function agentStep(): Step {
  return {
    title: 'SQL Server Agent running',
    why: 'It runs the log reader of MS-REPLICATION and the capture and cleanup jobs of MS-CDC. When it stands still the log grows.',
    where: 'server configuration',
    check: `select servicename, startup_type_desc, status_desc
from sys.dm_server_services
where servicename like N'SQL Server Agent%';`,
    answers: [
      { answer: 'Automatic and Running', means: 'ready' },
      {
        answer: 'Manual or Disabled',
        means: 'it will not be there after a restart of the machine: set it to start automatically',
      },
      { answer: 'Stopped', means: 'start it' },
      {
        answer: 'no rows',
        means: 'verify with the service manager of the machine: a server on Linux may not list it',
      },
    ],
    see: SQLSERVER_CDC_GUIDE,
  };
}
