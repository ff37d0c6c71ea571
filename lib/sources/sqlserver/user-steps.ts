import { tsql } from '../quote.ts';
import type { PrerequisiteRequest, Step } from '../source.ts';
import { SQLSERVER_CDC_GUIDE, SQLSERVER_GUIDE } from './facts.ts';
import { cdcOf, isManagedInstance } from './supports.ts';

/** The login of DMS and its rights, as few as the guide asks for. */
export function userSteps(request: PrerequisiteRequest): Step[] {
  if (request.fullLoadOnly) return [loadUser(request)];
  if (request.source.hosting === 'rds') return [rdsUser(request)];
  if (isManagedInstance(request.source)) return [managedUser(request)];
  return [changeUser(request), backupReaders(request), wrapperSetting(request)];
}

function loadUser({ source, user }: PrerequisiteRequest): Step {
  const [name, database] = [tsql.name(user), tsql.name(source.database)];
  return {
    title: 'A login for DMS that reads tables',
    why: 'DMS makes no login of its own. Put this name and its password into the secret.',
    where: 'source database',
    sql: `${makeLogin(user)}
grant view server state to ${name};
use ${database};
${makeUser(user)}
alter role [db_datareader] add member ${name};
grant view database state to ${name};
grant view definition to ${name};`,
    check: rightsCheck(source.database, user, [
      "is_rolemember(N'db_datareader') as reads_tables",
      "has_perms_by_name(null, null, N'VIEW SERVER STATE') as view_server_state",
      "has_perms_by_name(db_name(), N'DATABASE', N'VIEW DATABASE STATE') as view_database_state",
      "has_perms_by_name(db_name(), N'DATABASE', N'VIEW DEFINITION') as view_definition",
    ]),
    answers: RIGHTS_ANSWERS,
    see: SQLSERVER_GUIDE,
  };
}

function rdsUser(request: PrerequisiteRequest): Step {
  const logs = [
    'rds_dms_tlog_download',
    'rds_dms_tlog_read',
    'rds_dms_tlog_list_current_lsn',
    'rds_task_status',
  ];
  return hostedUser(request, {
    why: 'The four procedures of msdb let DMS 3.5.3 and later read log backups, so that a pause loses nothing. Older servers may lack one: skip it then, and expect a reload after a pause.',
    msdb: logs.map((procedure) => `execute on dbo.${procedure}`),
    checks: logs.map((one) => `has_perms_by_name(N'msdb.dbo.${one}', N'OBJECT', N'EXECUTE') as ${one}`),
  });
}

function managedUser(request: PrerequisiteRequest): Step {
  return hostedUser(request, {
    why: 'DMS reads only the active log of a managed instance.',
    msdb: BACKUP_HISTORY.map((table) => `select on dbo.${table}`),
    checks: ["has_perms_by_name(N'msdb.dbo.backupset', N'OBJECT', N'SELECT') as backupset"],
  });
}

/** What a login on a hosted server needs beside the rights that every host asks for. */
interface HostedRights {
  readonly why: string;
  /** Rights in msdb, as after `grant`. */
  readonly msdb: readonly string[];
  /** Columns of the check that ask for them. */
  readonly checks: readonly string[];
}

function hostedUser({ source, user }: PrerequisiteRequest, { why, msdb, checks }: HostedRights): Step {
  const name = tsql.name(user);
  return {
    title: 'A login for DMS that reads tables and the log',
    why,
    where: 'source database',
    sql: `${makeLogin(user)}
grant view server state to ${name};
use [msdb];
${makeUser(user)}
${msdb.map((right) => `grant ${right} to ${name};`).join('\n')}
${ownsDatabase(source.database, user)}`,
    check: rightsCheck(source.database, user, [...OWNER_CHECKS, ...checks]),
    answers: RIGHTS_ANSWERS,
    see: SQLSERVER_GUIDE,
  };
}

function changeUser({ source, user }: PrerequisiteRequest): Step {
  const name = tsql.name(user);
  const publishes = cdcOf(source) === 'ms-replication';
  const procedures = ['sp_repldone', 'sp_addpublication', 'sp_addarticle', 'sp_articlefilter'];
  return {
    title: 'A login for DMS that reads tables and the log',
    why: 'These are the rights of a login without sysadmin. A member of sysadmin needs none of them, and then DMS may do anything on the server.',
    where: 'source database',
    sql: `${makeLogin(user)}
${makeUser(user)}
grant view server state to ${name};
grant view any definition to ${name};
grant select on sys.fn_dblog to ${name};
grant execute on sys.sp_replincrementlsn to ${name};
${publishes ? `${procedures.map((one) => `grant execute on sys.${one} to ${name};`).join('\n')}\n` : ''}use [msdb];
${makeUser(user)}
${BACKUP_HISTORY.map((table) => `grant select on dbo.${table} to ${name};`).join('\n')}
${ownsDatabase(source.database, user)}`,
    check: rightsCheck(source.database, user, [
      ...OWNER_CHECKS,
      "has_perms_by_name(null, null, N'VIEW ANY DEFINITION') as view_any_definition",
      "has_perms_by_name(N'master.sys.fn_dblog', N'OBJECT', N'SELECT') as fn_dblog",
      "has_perms_by_name(N'msdb.dbo.backupset', N'OBJECT', N'SELECT') as backupset",
    ]),
    answers: RIGHTS_ANSWERS,
    see: SQLSERVER_CDC_GUIDE,
  };
}

/** The bodies of the procedures differ from version to version and are AWS's: they are not repeated here. */
function backupReaders({ user }: PrerequisiteRequest): Step {
  const name = tsql.name(user);
  return {
    title: 'Signed procedures that read log backups',
    why: 'Only sysadmin may read a log backup, and DMS needs one when the active log was cut before it was read. The guide has a script ("Without sysadmin role") that makes schema awsdms in master with a function and two procedures, signed by certificates. Run it before the grants below, with passwords of your own. Its fn_dump_dblog takes one "default" for each parameter after the fifth, and how many there are depends on the version: select count(*) from sys.all_parameters where object_id = object_id(N\'sys.fn_dump_dblog\'). A login in sysadmin needs none of it.',
    where: 'source database',
    sql: `use [master];
grant select on awsdms.split_partition_list to ${name};
grant execute on awsdms.rtm_dump_dblog to ${name};
grant execute on awsdms.rtm_position_1st_timestamp to ${name};`,
    check: `select o.name, count(c.thumbprint) as signatures
from master.sys.objects as o
join master.sys.schemas as s on s.schema_id = o.schema_id
left join master.sys.crypt_properties as c on c.major_id = o.object_id
where s.name = N'awsdms'
group by o.name;`,
    answers: [
      {
        answer: '1 signature for each of rtm_dump_dblog and rtm_position_1st_timestamp, 0 for the function',
        means: 'ready',
      },
      {
        answer: '0 signatures for a procedure',
        means: 'it was made anew after it was signed: sign it again',
      },
      {
        answer: 'no rows',
        means: 'the script was not run; a login without sysadmin cannot read log backups',
      },
    ],
    see: SQLSERVER_CDC_GUIDE,
  };
}

function wrapperSetting({ user }: PrerequisiteRequest): Step {
  return {
    title: 'DMS told to use the signed procedures',
    why: 'It asks for sysadmin otherwise.',
    where: 'tidemark.yaml',
    settings: { 'source.settings.EnableNonSysadminWrapper': 'true' },
    check: `select is_srvrolemember(N'sysadmin', ${tsql.literal(user)}) as sysadmin;`,
    answers: [
      { answer: '0', means: 'set it' },
      { answer: '1', means: 'leave it out' },
      { answer: 'NULL', means: 'there is no such login' },
    ],
    see: SQLSERVER_CDC_GUIDE,
  };
}

const BACKUP_HISTORY = ['backupset', 'backupmediafamily', 'backupfile'];

/** Columns that ask for what a login needs that owns its database. */
const OWNER_CHECKS = [
  "is_rolemember(N'db_owner') as db_owner",
  "has_perms_by_name(null, null, N'VIEW SERVER STATE') as view_server_state",
];

const RIGHTS_ANSWERS = [
  { answer: '1 in every column', means: 'ready' },
  { answer: '0', means: 'the right that the column is named after is missing' },
  {
    answer: 'NULL',
    means: 'the server has no such object, or cannot tell: verify by doing it as that login',
  },
  { answer: 'error 15404, 15406 or 15517', means: 'there is no such login, or you may not act as it' },
];

function makeLogin(user: string): string {
  return `use [master];
if suser_id(${tsql.literal(user)}) is null
  create login ${tsql.name(user)} with password = N'<password>';`;
}

function makeUser(user: string): string {
  return `if database_principal_id(${tsql.literal(user)}) is null
  create user ${tsql.name(user)} for login ${tsql.name(user)};`;
}

function ownsDatabase(database: string, user: string): string {
  const name = tsql.name(user);
  return `use ${tsql.name(database)};
${makeUser(user)}
alter role [db_owner] add member ${name};
grant view definition to ${name};`;
}

/** What the login may do, asked in its name. */
function rightsCheck(database: string, user: string, columns: readonly string[]): string {
  return `use ${tsql.name(database)};
execute as login = ${tsql.literal(user)};
select
  ${columns.join(',\n  ')};
revert;`;
}
