import { type CheckedTable, settingPath } from './check-columns.ts';
import type { CheckedReplication } from './check-replications.ts';
import { foldName, repeatedNames, suggest } from './names.ts';
import { sourceSchema, sourceTable } from './paths.ts';
import { type Finding, quote } from './problem.ts';

interface Copied {
  readonly table: CheckedTable;
  readonly by: CheckedReplication;
}

/**
 * Everything wrong with what replications copy into tables, and what is risky. `names` are those of all replications,
 * usable or not.
 */
export function checkCopiedTables(
  tables: readonly CheckedTable[],
  replications: readonly CheckedReplication[],
  names: readonly string[],
): { problems: Finding[]; warnings: Finding[] } {
  const byName = new Map(replications.map((one) => [one.written.name, one]));
  const copied = tables.flatMap((table): Copied[] => {
    const by = byName.get(table.config.replication ?? undefined);
    return by && table.config.replication !== null ? [{ table, by }] : [];
  });
  return {
    problems: [
      ...tables.flatMap((table) => checkName(table, names)),
      ...copied.flatMap((one) => [
        ...checkSource(one),
        ...checkExcluded(one.table),
        ...checkKeyCase(one.table),
      ]),
      ...checkSameSource(copied),
    ],
    warnings: tables.flatMap((table) => warnings(table, names)),
  };
}

function checkName(table: CheckedTable, names: readonly string[]): Finding[] {
  const name = table.config.replication;
  if (name === null || names.includes(name)) return [];
  const hint =
    names.length === 0
      ? 'Add it to `replications`, or remove this line.'
      : suggest(name, names, 'Replications');
  return [{ path: settingPath(table, 'replication'), message: `${quote(name)} is not a replication`, hint }];
}

/** DMS finds a table by schema and name, and only SQL Server has `dbo`. */
function checkSource({ table: { index, written, config }, by }: Copied): Finding[] {
  const path = ['tables', index, 'source'];
  const engine = by.written.source?.engine ?? 'sqlserver';
  if (written.source === undefined && engine !== 'sqlserver') {
    const example = engine.includes('postgres') ? 'public.' : '<schema>.';
    const hint = `For instance \`source: ${example}${config.name}\`.`;
    return [{ path, message: `is missing: ${quote(config.source)} would be a table of SQL Server`, hint }];
  }
  if (sourceSchema(config.source) !== '' && sourceTable(config.source) !== '') return [];
  const hint = 'Write <schema>.<table>, for instance `source: dbo.customer`.';
  return [{ path, message: `${quote(config.source)} does not name schema and table`, hint }];
}

function checkExcluded({ index, config }: CheckedTable): Finding[] {
  const { excludeColumns, keys, track, columns } = config;
  const needed = new Map([
    ...Object.keys(columns).map((name) => [foldName(name), 'a column of the contract'] as const),
    ...(track.kind === 'only' ? track.columns : []).map(
      (name) => [foldName(name), 'a column of `track`'] as const,
    ),
    ...keys.map((name) => [foldName(name), 'a key'] as const),
  ]);
  const at = (i: number) => ['tables', index, 'excludeColumns', i];
  const found = excludeColumns.flatMap((name, i): Finding[] => {
    const use = needed.get(foldName(name));
    if (use)
      return [{ path: at(i), message: `${quote(name)} is ${use}`, hint: 'Remove it from one of them.' }];
    if (!/[#\\/-]/.test(name)) return [];
    const message = `${quote(name)} has "#", "\\", "/" or "-" in it, and DMS applies no rule to such a column`;
    return [
      { path: at(i), message, hint: 'Remove it, or copy a view of the table that leaves the column out.' },
    ];
  });
  const repeats = repeatedNames(excludeColumns).map(({ index: i }): Finding => {
    const message = `${quote(excludeColumns[i] ?? '')} is listed twice`;
    return { path: at(i), message, hint: 'List it once.' };
  });
  return [...found, ...repeats];
}

function checkKeyCase({ index, written, config }: CheckedTable): Finding[] {
  if (config.columnNames !== 'lower') return [];
  return config.keys.flatMap((key, i): Finding[] => {
    const lower = key.toLowerCase();
    if (key === lower) return [];
    const path = ['tables', index, 'keys', ...(Array.isArray(written.keys) ? [i] : [])];
    const message = `key ${quote(key)} has upper case letters, but \`columnNames: lower\` leaves none in the files`;
    return [{ path, message, hint: `Write ${quote(lower)}.` }];
  });
}

/** DMS gives a table of a task one name only, and two tasks that read one table cost the source twice. */
function checkSameSource(copied: readonly Copied[]): Finding[] {
  const seen = new Map<string, CheckedTable>();
  return copied.flatMap(({ table, by: { written } }): Finding[] => {
    const { engine, database, secret } = written.source ?? {};
    const where = secret === undefined ? written.name : [engine, database, secret];
    const source = JSON.stringify([where, foldName(table.config.source)]);
    const before = seen.get(source);
    if (!before) seen.set(source, table);
    if (!before) return [];
    const message = `${quote(table.config.source)} is copied into tables[${before.index}] too, from the same database`;
    const hint = 'Remove one of the two tables: a table of a source is copied once.';
    return [{ path: ['tables', table.index, 'source'], message, hint }];
  });
}

function warnings(table: CheckedTable, names: readonly string[]): Finding[] {
  const { index, written, config } = table;
  if (config.replication !== null) return [];
  const path = ['tables', index];
  const found: Finding[] = [];
  if (names.length > 1 && settingIsAbsent(table)) {
    const message = 'is copied by none of the replications';
    const hint = `Write \`replication:\` and one of ${names.join(', ')}, or none where its files come from elsewhere.`;
    found.push({ path, message, hint });
  }
  for (const field of ['excludeColumns', 'columnNames'] as const) {
    if (written[field] === undefined) continue;
    const message = 'has no meaning for a table that no replication copies';
    found.push({ path: [...path, field], message, hint: 'Remove it.' });
  }
  return found;
}

function settingIsAbsent({ written, defaults }: CheckedTable): boolean {
  return written.replication === undefined && defaults.replication === undefined;
}
