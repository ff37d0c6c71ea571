import { dollarQuoted, pgsql, tableName } from '../quote.ts';
import type { PrerequisiteRequest, Step } from '../source.ts';
import { POSTGRES_GUIDE } from './facts.ts';

/** The role of DMS and its rights, as few as will do. */
export function userStep(request: PrerequisiteRequest): Step {
  const { source, tables, user, fullLoadOnly } = request;
  const role = pgsql.name(user);
  const schemas = [...new Set(tables.map(({ schema }) => schema))];
  const managed = source.hosting !== 'self-managed';
  return {
    title: fullLoadOnly ? 'A role for DMS that reads tables' : 'A role for DMS that reads tables and the log',
    why: fullLoadOnly ? ROLE_WHY : `${ROLE_WHY} ${managed ? MANAGED_WHY : SELF_MANAGED_WHY}`,
    where: 'source database',
    sql: [
      `do ${dollarQuoted(makeRole(user))};`,
      `alter role ${role} set idle_in_transaction_session_timeout = 0;`,
      ...(fullLoadOnly
        ? []
        : [managed ? `grant rds_replication to ${role};` : `alter role ${role} with replication;`]),
      `grant connect on database ${pgsql.name(source.database)} to ${role};`,
      ...schemas.map((schema) => `grant usage on schema ${pgsql.name(schema)} to ${role};`),
      ...tables.map((table) => `grant select on table ${tableName(pgsql, table)} to ${role};`),
    ].join('\n'),
    check: `select r.rolname, r.rolsuper, r.rolreplication,
  exists (
    select 1
    from pg_catalog.pg_auth_members as m
    join pg_catalog.pg_roles as g on g.oid = m.roleid
    where m.member = r.oid and g.rolname = 'rds_replication'
  ) as rds_replication
from pg_catalog.pg_roles as r
where r.rolname = ${pgsql.literal(user)};`,
    answers: answers(fullLoadOnly, managed),
    see: POSTGRES_GUIDE,
  };
}

const ROLE_WHY =
  'DMS makes no role of its own. Put this name and its password into the secret. It leaves transactions idle for a while, and must not lose them.';
const MANAGED_WHY =
  'The guide asks for rds_superuser as well; rds_replication, with what the steps below make beforehand, is what reading slots needs: verify with the first task.';
const SELF_MANAGED_WHY =
  'The guide asks for a superuser; the replication attribute, with what the steps below make beforehand, is what reading slots needs: verify with the first task.';

function makeRole(user: string): string {
  return `begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = ${pgsql.literal(user)}) then
    create role ${pgsql.name(user)} with login password '<password>';
  end if;
end`;
}

function answers(fullLoadOnly: boolean, managed: boolean): Step['answers'] {
  const none = { answer: 'no rows', means: 'there is no such role' };
  if (fullLoadOnly) return [{ answer: 'a row', means: 'ready' }, none];
  const right = managed ? 'rds_replication' : 'rolreplication';
  return [
    { answer: `${right} true`, means: 'ready' },
    { answer: `${right} false`, means: 'it cannot read the log' },
    { answer: 'rolsuper true', means: 'more than it needs' },
    none,
  ];
}
