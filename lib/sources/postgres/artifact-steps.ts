import { dollarQuoted, pgsql } from '../quote.ts';
import type { PrerequisiteRequest, SettingValue, Step } from '../source.ts';
import { isOff } from '../endpoint-settings.ts';
import { POSTGRES_GUIDE } from './facts.ts';

/**
 * What DMS would make by itself if it were a superuser: a table and an event trigger by which it hears of changed tables,
 * and a schema for its heartbeat. The names and columns are those that DMS looks for.
 */
export function artifactSteps(
  { user }: PrerequisiteRequest,
  settings: Readonly<Record<string, SettingValue>>,
): Step[] {
  const ddl = String(settings.ddlArtifactsSchema);
  const heartbeat = isOff(settings.heartbeatEnable) ? [] : [String(settings.heartbeatSchema)];
  return [ownSchema([...new Set([ddl, ...heartbeat])], user), ddlTrigger(ddl, user)];
}

function ownSchema(schemas: readonly string[], user: string): Step {
  return {
    title: 'A schema for what DMS keeps at the source',
    why: 'Its heartbeat moves the slot on while nothing else is written, so that the log does not pile up; and it hears of new columns.',
    where: 'source database',
    sql: schemas
      .map((schema) => {
        const [name, role] = [pgsql.name(schema), pgsql.name(user)];
        return `create schema if not exists ${name};\ngrant usage, create on schema ${name} to ${role};`;
      })
      .join('\n'),
    check: `select n.nspname, has_schema_privilege(${pgsql.literal(user)}, n.oid, 'create') as may_create
from pg_catalog.pg_namespace as n
where n.nspname in (${schemas.map(pgsql.literal).join(', ')});`,
    answers: [
      { answer: 'may_create true', means: 'ready' },
      { answer: 'may_create false', means: 'the heartbeat cannot be made' },
      { answer: 'no rows', means: 'the schema is missing' },
    ],
    see: POSTGRES_GUIDE,
  };
}

function ddlTrigger(schema: string, user: string): Step {
  const [name, role] = [pgsql.name(schema), pgsql.name(user)];
  return {
    title: 'An event trigger that tells DMS of changed tables',
    why: 'Without it DMS does not hear of new and dropped columns. Needs a superuser, on RDS and Aurora rds_superuser.',
    where: 'source database',
    sql: `create table if not exists ${name}.awsdms_ddl_audit (
  c_key bigserial primary key,
  c_time timestamp,
  c_user varchar(64),
  c_txn varchar(16),
  c_tag varchar(24),
  c_oid integer,
  c_name varchar(64),
  c_schema varchar(64),
  c_ddlqry text
);
grant all on table ${name}.awsdms_ddl_audit to ${role};
grant all on sequence ${name}.awsdms_ddl_audit_c_key_seq to ${role};
create or replace function ${name}.awsdms_intercept_ddl() returns event_trigger
language plpgsql security definer as ${dollarQuoted(interceptDdl(name))};
drop event trigger if exists awsdms_intercept_ddl;
create event trigger awsdms_intercept_ddl on ddl_command_end execute procedure ${name}.awsdms_intercept_ddl();`,
    check: `select t.evtname, n.nspname as function_schema,
  case t.evtenabled when 'D' then 'disabled' when 'R' then 'replicas only' else 'enabled' end as verdict
from pg_catalog.pg_event_trigger as t
join pg_catalog.pg_proc as p on p.oid = t.evtfoid
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
where t.evtname = 'awsdms_intercept_ddl';`,
    answers: [
      { answer: `enabled, in ${schema}`, means: 'ready' },
      { answer: 'disabled, replicas only', means: 'alter event trigger awsdms_intercept_ddl enable;' },
      { answer: 'enabled, in another schema', means: 'DdlArtifactsSchema must name that schema' },
      { answer: 'no rows', means: 'new columns are not heard of, or DMS fails to make the trigger itself' },
    ],
    see: POSTGRES_GUIDE,
  };
}

/** Names of pg_catalog are spelled out: the caller's search path is not to be trusted with the owner's rights. */
function interceptDdl(schema: string): string {
  return `begin
  if tg_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE', 'DROP TABLE') then
    insert into ${schema}.awsdms_ddl_audit (c_time, c_user, c_txn, c_tag, c_oid, c_name, c_schema, c_ddlqry)
    values (
      current_timestamp, current_user, cast(pg_catalog.txid_current() as varchar(16)), tg_tag,
      0, '', current_schema, pg_catalog.current_query()
    );
    delete from ${schema}.awsdms_ddl_audit;
  end if;
end`;
}
