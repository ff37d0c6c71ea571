/** What the bridge knows of a session beside Spark's own state. */
export interface SessionSettings {
  /** As the client sent them. */
  readonly conf: Readonly<Record<string, string>>;
  readonly queryTags: Readonly<Record<string, string | null>>;
  /** Zero: no limit. */
  statementTimeoutSeconds: number;
}

/** Settings of a session from its configuration; names of Databricks' parameters are not case-sensitive. */
export function sessionSettings(conf: Readonly<Record<string, string>>): SessionSettings {
  const find = (name: string) => Object.entries(conf).find(([key]) => key.toUpperCase() === name)?.[1];
  return {
    conf,
    queryTags: parseQueryTags(find('QUERY_TAGS') ?? ''),
    statementTimeoutSeconds: Number(find('STATEMENT_TIMEOUT') ?? 0),
  };
}

/** Statements that carry a session's configuration over to Spark. What only Databricks knows stays here. */
export function settingStatements(conf: Readonly<Record<string, string>>): string[] {
  return Object.entries(conf).flatMap(([key, value]) => {
    const sparkKey = key.startsWith('spark.') ? key : SPARK_NAMES[key.toUpperCase()];
    return sparkKey === undefined ? [] : [`set ${quote(sparkKey)}=${quote(value)}`];
  });
}

const SPARK_NAMES: Readonly<Record<string, string>> = {
  ANSI_MODE: 'spark.sql.ansi.enabled',
  TIMEZONE: 'spark.sql.session.timeZone',
};

/** The statement that makes a catalog and schema the session's own, or null where none is named. */
export function namespaceStatement(catalog?: string | null, schema?: string | null): string | null {
  const parts = [catalog, schema].filter((part): part is string => typeof part === 'string' && part !== '');
  return parts.length === 0 ? null : `use ${parts.map(quote).join('.')}`;
}

/** The new limit in seconds when the statement is `set statement_timeout = n` or its reset, else null. */
export function statementTimeoutIn(sql: string): number | null {
  const set = /^\s*set\s+statement_timeout\s*=\s*(\d+)\s*;?\s*$/i.exec(sql);
  if (set) return Number(set[1]);
  return /^\s*reset\s+statement_timeout\s*;?\s*$/i.test(sql) ? 0 : null;
}

/** Reads `key:value,key:value,key` with `\` before `\`, `:` and `,`. A key alone has the value null. */
export function parseQueryTags(text: string): Record<string, string | null> {
  const parts = text.match(/(?:\\.|[^\\,])+/gs) ?? [];
  return Object.fromEntries(
    parts.map((part) => {
      const [, key = '', value] = /^((?:\\.|[^\\:])*)(?::(.*))?$/s.exec(part) ?? [];
      return [unescaped(key), value === undefined ? null : unescaped(value)];
    }),
  );
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
