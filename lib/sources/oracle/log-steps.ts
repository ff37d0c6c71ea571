import { RDS_GUIDE } from '../guide.ts';
import { plsql, tableName } from '../quote.ts';
import type { PrerequisiteRequest, Step } from '../source.ts';
import { ORACLE_GUIDE } from './facts.ts';
import { wantedTables } from './table-steps.ts';
import { usesBinaryReader } from './user-step.ts';

/** Hours that RDS keeps archived redo logs; the least that the guide's assessment passes. */
const RETENTION_HOURS = 24;

/** That the redo log is kept, and has what DMS needs of each row. */
export function logSteps(request: PrerequisiteRequest): Step[] {
  const managed = request.source.hosting === 'rds';
  const tables = request.tables.length > 0 ? [tableLogging(request)] : [];
  return [managed ? retention() : archiveMode(), container(request), databaseLogging(managed), ...tables];
}

function archiveMode(): Step {
  return {
    title: 'Redo logs that are archived',
    why: 'Changes are read from the online and the archived redo logs. Turning it on stops the database: run it as sysdba in SQL*Plus, take a backup, and keep the archived logs for at least a day.',
    where: 'server configuration',
    sql: `shutdown immediate
startup mount
alter database archivelog;
alter database open;`,
    check: 'select log_mode from v$database;',
    answers: [
      { answer: 'ARCHIVELOG', means: 'ready' },
      { answer: 'NOARCHIVELOG', means: 'changes cannot be read' },
    ],
    see: ORACLE_GUIDE,
  };
}

function retention(): Step {
  return {
    title: 'Redo logs that are kept for a day',
    why: 'Automated backups turn archiving on; RDS deletes archived logs from the instance at once unless told. They take disk of the instance.',
    where: 'source database',
    settings: { BackupRetentionPeriod: '1 or more (days), of the RDS instance' },
    sql: `begin rdsadmin.rdsadmin_util.set_configuration('archivelog retention hours', ${RETENTION_HOURS}); end;
/
commit;`,
    check: `set serveroutput on
begin rdsadmin.rdsadmin_util.show_configuration; end;
/`,
    answers: [
      { answer: `archivelog retention hours ${RETENTION_HOURS} or more`, means: 'ready' },
      { answer: '0', means: 'changes are lost when the task pauses' },
    ],
    see: `${RDS_GUIDE}/Appendix.Oracle.CommonDBATasks.RetainRedoLogs.html`,
  };
}

function container(request: PrerequisiteRequest): Step {
  return {
    title: 'A database that DMS can read changes from',
    why: 'LogMiner cannot read a pluggable database, and nothing reads the root of a container database.',
    where: 'source database',
    check: `select d.cdb, sys_context('userenv', 'con_name') as container, d.database_role from v$database d;`,
    answers: [
      { answer: 'cdb NO, database_role PRIMARY', means: 'ready' },
      { answer: 'error ORA-00904', means: 'ready: the server is older than 12c and has no containers' },
      { answer: 'cdb YES, container CDB$ROOT', means: 'connect to a pluggable database instead' },
      {
        answer: 'cdb YES, another container',
        means: usesBinaryReader(request)
          ? 'ready'
          : 'set `settings: {UseLogminerReader: false, UseBFile: true}` and print this anew',
      },
      {
        answer: 'PHYSICAL STANDBY',
        means: 'only an Active Data Guard standby, and only with the Binary Reader',
      },
    ],
    see: ORACLE_GUIDE,
  };
}

function databaseLogging(managed: boolean): Step {
  return {
    title: 'Supplemental logging of the database',
    why: 'Without it a change in the log does not say which row it is of.',
    where: 'source database',
    sql: managed
      ? `begin rdsadmin.rdsadmin_util.alter_supplemental_logging('ADD'); end;\n/`
      : 'alter database add supplemental log data;',
    check: 'select supplemental_log_data_min from v$database;',
    answers: [
      { answer: 'YES or IMPLICIT', means: 'ready' },
      { answer: 'NO', means: 'changes cannot be read' },
    ],
    see: ORACLE_GUIDE,
  };
}

function tableLogging({ tables }: PrerequisiteRequest): Step {
  return {
    title: 'Supplemental logging of every column of each table',
    why: 'Files in S3 have the columns that the log has: with less than all columns, those that an update did not touch come as null. It covers the primary key too. Where it is there already, the statement ends in ORA-32588.',
    where: 'source database',
    sql: tables
      .map((table) => `alter table ${tableName(plsql, table)} add supplemental log data (all) columns;`)
      .join('\n'),
    check: `select
  wanted.owner,
  wanted.table_name,
  (select count(*) from dba_log_groups g
    where g.owner = wanted.owner and g.table_name = wanted.table_name
      and g.log_group_type = 'ALL COLUMN LOGGING') as all_columns
from ${wantedTables(tables)}
order by 1, 2;`,
    answers: [
      { answer: 'all_columns 1', means: 'ready' },
      {
        answer: 'all_columns 0',
        means: 'columns that did not change come as null, or the table is spelled otherwise',
      },
    ],
    see: ORACLE_GUIDE,
  };
}
