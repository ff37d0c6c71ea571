import type { TableConfig } from './config.ts';
import { foldName, repeatedNames } from './names.ts';
import { type ConfigPath, type Finding, quote } from './problem.ts';
import type { DefaultsYaml, TableYaml } from './schema-table.ts';

/** One table three ways: as written, with what `defaults:` says, and resolved. Fields of a wrong shape are left out. */
export interface CheckedTable {
  readonly index: number;
  readonly written: TableYaml;
  readonly defaults: DefaultsYaml;
  readonly config: TableConfig;
}

/** Everything wrong with the columns a table names. */
export function checkColumns(table: CheckedTable): Finding[] {
  return [
    ...checkKeys(table),
    ...checkHistoryColumns(table),
    ...checkChangeColumns(table),
    ...checkContract(table),
    ...checkTrack(table),
  ];
}

/** Where a setting of a table is written: in the table, in `defaults:`, or nowhere (then the table). */
export function settingPath(
  { index, written, defaults }: CheckedTable,
  field: keyof DefaultsYaml,
  inner?: string,
): ConfigPath {
  const rest = inner === undefined ? [field] : [field, inner];
  const isIn = (settings: DefaultsYaml) => {
    const value: unknown = settings[field];
    return inner === undefined
      ? value !== undefined
      : typeof value === 'object' && value !== null && Object.hasOwn(value, inner);
  };
  return !isIn(written) && isIn(defaults) ? ['defaults', ...rest] : ['tables', index, ...rest];
}

/** Who else needs a name of a source column, by folded name: `the history column historyColumns.current`. */
function takenNames({ config }: CheckedTable): Map<string, { what: string; hint: string }> {
  const { historyColumns, changeColumns, keys } = config;
  const taken = new Map<string, { what: string; hint: string }>();
  for (const key of keys) {
    const what = `the before image of key ${quote(key)}`;
    const hint = 'Set another beforeImagePrefix.';
    taken.set(foldName(changeColumns.beforeImagePrefix + key), { what, hint });
  }
  for (const field of ['op', 'commitTime', 'changeSeq'] as const) {
    const hint = `Give the change column another name in the feed, and set "${field}" to it.`;
    taken.set(foldName(changeColumns[field]), { what: `the change column "${field}"`, hint });
  }
  for (const [field, name] of Object.entries(historyColumns)) {
    const hint = `Give the history's own column another name: historyColumns: {${field}: ...}.`;
    taken.set(foldName(name), { what: `the history column "${field}"`, hint });
  }
  return taken;
}

function checkKeys(table: CheckedTable): Finding[] {
  const { index, written, config } = table;
  const at = (i: number) => ['tables', index, 'keys', ...(Array.isArray(written.keys) ? [i] : [])];
  const taken = takenNames(table);
  const collisions = config.keys.flatMap((key, i): Finding[] => {
    const owner = taken.get(foldName(key));
    return owner
      ? [{ path: at(i), message: `key ${quote(key)} is also ${owner.what}`, hint: owner.hint }]
      : [];
  });
  const repeats = repeatedNames(config.keys).map(({ index: i }): Finding => {
    return {
      path: at(i),
      message: `key ${quote(config.keys[i] ?? '')} is listed twice`,
      hint: 'List it once.',
    };
  });
  return [...collisions, ...repeats];
}

function checkHistoryColumns(table: CheckedTable): Finding[] {
  const fields = Object.entries(table.config.historyColumns);
  return repeatedNames(fields.map(([, name]) => name)).map(({ index, first }) => {
    const [field, name] = fields[index] ?? ['', ''];
    return {
      path: settingPath(table, 'historyColumns', field),
      message: `${quote(name)} is also the history column "${fields[first]?.[0] ?? ''}"`,
      hint: 'Give each a name of its own.',
    };
  });
}

function checkChangeColumns(table: CheckedTable): Finding[] {
  const fields = ['op', 'commitTime', 'changeSeq'] as const;
  const names = fields.map((field) => table.config.changeColumns[field]);
  return repeatedNames(names).map(({ index, first }) => ({
    path: settingPath(table, fields[index] ?? 'op'),
    message: `${quote(names[index] ?? '')} is also the change column "${fields[first] ?? ''}"`,
    hint: 'Name the column of the change files that holds it.',
  }));
}

function checkContract(table: CheckedTable): Finding[] {
  const { index, config } = table;
  const names = Object.keys(config.columns);
  if (names.length === 0) return [];
  const path = ['tables', index, 'columns'];
  const taken = takenNames(table);
  const collisions = names.flatMap((name): Finding[] => {
    const owner = taken.get(foldName(name));
    const message = `column ${quote(name)} is also ${owner?.what}`;
    return owner ? [{ path: [...path, name], message, hint: owner.hint }] : [];
  });
  const repeats = repeatedNames(names).map(({ index: i, first }): Finding => {
    const message = `column ${quote(names[i] ?? '')} repeats ${quote(names[first] ?? '')}`;
    return { path: [...path, names[i] ?? ''], message, hint: 'Keep one: case does not tell columns apart.' };
  });
  return [...collisions, ...repeats];
}

/** A `track` from `defaults:` may name columns that only some tables have, so only a table's own is held to this. */
function checkTrack({ index, written, config }: CheckedTable): Finding[] {
  if (written.track === undefined || config.track.kind === 'all') return [];
  const { kind, columns } = config.track;
  const path = ['tables', index, 'track', ...(kind === 'except' ? ['except'] : [])];
  const findings = columns.flatMap((name, i): Finding[] => {
    if (!config.keys.includes(name)) return [];
    const hint = 'Remove it: a key identifies a row and never changes within its history.';
    return [{ path: [...path, i], message: `${quote(name)} is a key`, hint }];
  });
  const repeats = repeatedNames(columns).map(({ index: i }): Finding => {
    return {
      path: [...path, i],
      message: `${quote(columns[i] ?? '')} is listed twice`,
      hint: 'List it once.',
    };
  });
  return [...findings, ...repeats];
}
