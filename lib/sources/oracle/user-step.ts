import { givenSetting, isOff, isOn } from '../endpoint-settings.ts';
import { plsql, tableName } from '../quote.ts';
import type { PrerequisiteRequest, Step } from '../source.ts';
import { ORACLE_GUIDE } from './facts.ts';
import {
  SELECTED,
  SELECTED_BINARY_READER,
  SELECTED_RDS,
  SELECTED_SELF_MANAGED,
  SELECTED_SERVERLESS,
} from './privileges.ts';

/** The user of DMS and its rights, as the guide lists them. */
export function userStep(request: PrerequisiteRequest): Step {
  const { fullLoadOnly, user } = request;
  const objects = selected(request);
  return {
    title: fullLoadOnly
      ? 'A user for DMS that reads tables'
      : 'A user for DMS that reads tables and the redo log',
    why: 'DMS makes no user of its own. Put this name and its password into the secret. A grant that an older version does not know (LOGMINING before 12c) fails alone: go on. With TDE, Data Guard or ASM the guide has further grants.',
    where: 'source database',
    sql: [
      `create user ${plsql.name(user)} identified by "<password>";`,
      `grant create session to ${plsql.name(user)};`,
      `grant select any transaction to ${plsql.name(user)};`,
      ...objects.map((object) => grantObject(request, object, 'SELECT')),
      ...(fullLoadOnly ? [] : logReading(request)),
      ...request.tables.map((table) => `grant select on ${tableName(plsql, table)} to ${plsql.name(user)};`),
    ].join('\n'),
    check: missingGrants(objects, user),
    answers: [
      { answer: 'no rows', means: 'ready' },
      { answer: 'rows', means: 'the grants that are missing' },
      {
        answer: 'every one of them',
        means:
          'there is no such user, or it is spelled otherwise: names are in capitals unless made in quotes',
      },
    ],
    see: ORACLE_GUIDE,
  };
}

/** True where redo logs are read as files, and not through LogMiner. */
export function usesBinaryReader({ source }: PrerequisiteRequest): boolean {
  return isOff(givenSetting(source, 'UseLogminerReader')) || isOn(givenSetting(source, 'UseBFile'));
}

function selected(request: PrerequisiteRequest): string[] {
  const managed = request.source.hosting === 'rds';
  return [
    ...SELECTED,
    ...(managed ? SELECTED_RDS : SELECTED_SELF_MANAGED),
    ...(request.serverless ? SELECTED_SERVERLESS : []),
    ...(!request.fullLoadOnly && usesBinaryReader(request) ? SELECTED_BINARY_READER : []),
  ];
}

function grantObject(
  { source, user }: PrerequisiteRequest,
  object: string,
  right: 'SELECT' | 'EXECUTE',
): string {
  if (source.hosting !== 'rds')
    return `grant ${right.toLowerCase()} on sys.${object} to ${plsql.name(user)};`;
  const call = [object, user, right].map(plsql.literal).join(', ');
  return `begin rdsadmin.rdsadmin_util.grant_sys_object(${call}); end;\n/`;
}

function logReading(request: PrerequisiteRequest): string[] {
  const name = plsql.name(request.user);
  const managed = request.source.hosting === 'rds';
  const util = managed ? [`grant execute on rdsadmin.rdsadmin_util to ${name};`] : [];
  if (!usesBinaryReader(request)) {
    return [...util, grantObject(request, 'DBMS_LOGMNR', 'EXECUTE'), `grant logmining to ${name};`];
  }
  if (!managed) {
    return [
      `grant create any directory to ${name};`,
      ...['DBMS_FILE_TRANSFER', 'DBMS_FILE_GROUP'].map((one) => grantObject(request, one, 'EXECUTE')),
    ];
  }
  return [
    ...util,
    'begin rdsadmin.rdsadmin_master_util.create_archivelog_dir; end;\n/',
    'begin rdsadmin.rdsadmin_master_util.create_onlinelog_dir; end;\n/',
    `grant read on directory ONLINELOG_DIR to ${name};`,
    `grant read on directory ARCHIVELOG_DIR to ${name};`,
  ];
}

function missingGrants(objects: readonly string[], user: string): string {
  const wanted = objects.map((one) => `select ${plsql.literal(one)} as name from dual`);
  return `select wanted.name
from (
  ${wanted.join('\n  union all ')}
) wanted
where not exists (
  select 1
  from dba_tab_privs p
  where p.table_name = wanted.name and p.grantee in (${plsql.literal(user)}, 'PUBLIC')
)
order by wanted.name;`;
}
