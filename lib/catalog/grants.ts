import type { Config } from '../config/config.ts';
import type { Dialect, SqlSession } from '../ports.ts';
import type { CatalogObject, Finding } from './finding.ts';
import { schemaName } from './schema-object.ts';

type Securable = 'schema' | 'table' | 'view' | 'volume';

/** Rights of one principal on one object. */
export interface Grant {
  readonly kind: Securable;
  /** Unquoted, without its schema. */
  readonly object: string;
  /** Quoted in full. */
  readonly sql: string;
  readonly principal: string;
  /** Lower-case, `use schema`. Never empty. */
  readonly privileges: readonly string[];
}

/** What there is to grant rights on, by name. */
export interface Grantable {
  readonly ledger: readonly string[];
  readonly histories: readonly string[];
  readonly views: readonly string[];
  readonly volumes: readonly string[];
}

/**
 * The rights that the configuration asks for. Who reads sees histories and their views; who writes may do what Tidemark
 * does. Nobody is given rights on what is not there, nor on anything else in the schema.
 */
export function wantedGrants(dialect: Dialect, config: Config, there: Grantable): readonly Grant[] {
  if (config.engine.kind !== 'databricks') return [];
  const { read, write } = config.engine.grants;
  const objects = grantableObjects(dialect, config, there);
  const principals = [...new Set([...read, ...write])];
  return principals.flatMap((principal) =>
    objects.flatMap(({ readBy, writtenBy, ...object }) => {
      const privileges = new Set([
        ...(read.includes(principal) ? readBy : []),
        ...(write.includes(principal) ? writtenBy : []),
      ]);
      return privileges.size === 0 ? [] : [{ ...object, principal, privileges: [...privileges] }];
    }),
  );
}

interface GrantableObject extends Pick<Grant, 'kind' | 'object' | 'sql'> {
  readonly readBy: readonly string[];
  readonly writtenBy: readonly string[];
}

function grantableObjects(dialect: Dialect, config: Config, there: Grantable): readonly GrantableObject[] {
  const schema = schemaName(dialect, config);
  const tableOf = (name: string): string =>
    dialect.tableName({ catalog: config.catalog, schema: config.schema, name });
  // Files are moved through the volumes where the store is one; elsewhere the bucket is written directly.
  const volume = config.storage.kind === 'volume' ? ['read volume', 'write volume'] : ['read volume'];
  const table = ['select', 'modify'];
  return [
    {
      kind: 'schema',
      object: config.schema,
      sql: schema,
      readBy: ['use schema'],
      writtenBy: ['use schema', 'create table'],
    },
    ...there.ledger.map((name) => objectOf('table', name, tableOf(name), [], table)),
    ...there.histories.map((name) => objectOf('table', name, tableOf(name), ['select'], table)),
    ...there.views.map((name) => objectOf('view', name, tableOf(name), ['select'], ['select'])),
    ...there.volumes.map((name) =>
      objectOf('volume', name, `${schema}.${dialect.quoteIdentifier(name)}`, [], volume),
    ),
  ];
}

const objectOf = (
  kind: Securable,
  object: string,
  sql: string,
  readBy: readonly string[],
  writtenBy: readonly string[],
): GrantableObject => ({ kind, object, sql, readBy, writtenBy });

/** A right that somebody has: inherited ones and those of owners included. */
export interface HeldPrivilege {
  readonly kind: 'schema' | 'table' | 'volume';
  readonly object: string;
  readonly principal: string;
  readonly privilege: string;
}

/**
 * Every right on the schema and what is in it that we may see; an owner has all. Who may only manage an object sees his
 * own rights on it, so that rights which are there are granted again, which changes nothing.
 *
 * @see https://docs.databricks.com/sql/language-manual/information-schema/table_privileges.html
 */
export function renderHeldPrivileges(dialect: Dialect, { catalog, schema }: Config): string {
  const from = `${dialect.quoteIdentifier(catalog)}.information_schema`;
  const here = `lower(${dialect.stringLiteral(schema)})`;
  const part = (
    kind: string,
    name: string,
    who: string,
    what: string,
    table: string,
    within: string,
  ): string =>
    `select '${kind}' as kind, ${name} as object, ${who} as principal, ${what} as privilege from ${from}.${table} where lower(${within}) = ${here}`;
  const all = "'ALL PRIVILEGES'";
  return [
    part('schema', 'schema_name', 'grantee', 'privilege_type', 'schema_privileges', 'schema_name'),
    part('schema', 'schema_name', 'schema_owner', all, 'schemata', 'schema_name'),
    part('table', 'table_name', 'grantee', 'privilege_type', 'table_privileges', 'table_schema'),
    part('table', 'table_name', 'table_owner', all, 'tables', 'table_schema'),
    part('volume', 'volume_name', 'grantee', 'privilege_type', 'volume_privileges', 'volume_schema'),
    part('volume', 'volume_name', 'volume_owner', all, 'volumes', 'volume_schema'),
  ].join('\nunion all\n');
}

/** The statement that gives a principal what it lacks of a grant, or nothing to do. */
export function judgeGrant(dialect: Dialect, grant: Grant, held: readonly HeldPrivilege[]): Finding {
  // The catalog lists a view among the tables.
  const kind = grant.kind === 'view' ? 'table' : grant.kind;
  const has = new Set(
    held
      .filter(
        (one) =>
          one.kind === kind &&
          one.object.toLowerCase() === grant.object.toLowerCase() &&
          one.principal === grant.principal,
      )
      .map(({ privilege }) => privilege.replaceAll('_', ' ').toLowerCase()),
  );
  const lacks = has.has('all privileges') ? [] : grant.privileges.filter((name) => !has.has(name));
  if (lacks.length === 0) return { state: 'fits' };
  return { state: 'missing', statements: [renderGrant(dialect, { ...grant, privileges: lacks })] };
}

/** Gives rights; those that are there stay. */
export function renderGrant(dialect: Dialect, { privileges, kind, sql, principal }: Grant): string {
  return `grant ${privileges.join(', ')} on ${kind} ${sql} to ${dialect.quoteIdentifier(principal)}`;
}

/** One object per grant. What is held is read once for all of them. */
export function grantObjects(
  session: SqlSession,
  config: Config,
  there: Grantable,
): readonly CatalogObject[] {
  const { dialect } = session;
  let held: Promise<readonly HeldPrivilege[]> | undefined;
  const readHeld = async (): Promise<readonly HeldPrivilege[]> => {
    const rows = await session.query(renderHeldPrivileges(dialect, config));
    return rows.map(([kind, object, principal, privilege]) => ({
      kind: kind as HeldPrivilege['kind'],
      object: object!,
      principal: principal!,
      privilege: privilege!,
    }));
  };
  return wantedGrants(dialect, config, there).map((grant) => ({
    kind: 'grant',
    name: `${grant.privileges.join(', ')} on ${grant.kind} ${grant.object} to ${grant.principal}`,
    needs: [{ privileges: 'manage', on: `${grant.kind} ${grant.sql}` }],
    look: async () => {
      held ??= readHeld();
      return judgeGrant(dialect, grant, await held);
    },
    async make(statements) {
      for (const sql of statements) await session.execute(sql);
    },
  }));
}
