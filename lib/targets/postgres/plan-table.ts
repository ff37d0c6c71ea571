import type { Column } from '../../config/column-type.ts';
import { formatColumnType } from '../../config/column-type.ts';
import { TerminalError } from '../../errors.ts';
import type { SnapshotSpec } from '../../ports.ts';
import { nameProblem, quoteIdentifier, quoteList, quoteQualified } from './quote.ts';
import type { ExistingColumn, ExistingTable } from './table-shape.ts';
import { canWiden, equality, fits, postgresType } from './types.ts';

/** One column of the target as the export will find it. */
export interface PlannedColumn {
  readonly name: string;
  /** What to declare it as in a table beside the target: type and collation. */
  readonly declaration: string;
  readonly equality: 'exact' | 'float' | 'text';
}

/** What has to happen to the target's table before rows go in. */
export interface TablePlan {
  readonly create: boolean;
  /** Rows may be applied by one MERGE. */
  readonly mergeable: boolean;
  /** In the order of `SnapshotSpec.columns`. */
  readonly columns: readonly PlannedColumn[];
  /** Statements that create the table or make it fit; none when it fits as it is. */
  readonly statements: readonly string[];
}

const WRITABLE_KINDS = 'rp';
const KIND_NAMES: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
  i: 'an index',
  c: 'a composite type',
  t: 'a TOAST table',
  I: 'a partitioned index',
};

/**
 * Decides how an existing table, or none, becomes one that the snapshot fits into. Only tables that an export made
 * (`owned`) have columns widened; a table of somebody's own is taken as it is or refused. Throws `TerminalError`
 * TARGET_INCOMPATIBLE with every problem found.
 */
export function planTable(spec: SnapshotSpec, existing: ExistingTable | null, owned: boolean): TablePlan {
  const problems = [...nameProblems(spec), ...(existing ? tableProblems(spec, existing, owned) : [])];
  if (problems.length > 0) throw incompatible(spec, problems);
  return existing ? planExisting(spec, existing) : planNew(spec);
}

function planNew(spec: SnapshotSpec): TablePlan {
  const table = quoteQualified(spec.targetSchema, spec.targetTable);
  const lines = spec.columns.map(({ name, type }) => {
    const notNull = spec.keys.includes(name) ? ' not null' : '';
    return `  ${quoteIdentifier(name)} ${postgresType(type)}${notNull}`;
  });
  return {
    create: true,
    mergeable: false,
    columns: spec.columns.map(plannedNew),
    // The primary key comes after the rows: building it once is faster.
    statements: [`create table ${table} (\n${lines.join(',\n')}\n)`],
  };
}

function planExisting(spec: SnapshotSpec, existing: ExistingTable): TablePlan {
  const table = quoteQualified(spec.targetSchema, spec.targetTable);
  const actions: string[] = [];
  const columns = spec.columns.map((column) => {
    const found = existing.columns.find(({ name }) => name === column.name);
    const name = quoteIdentifier(column.name);
    if (!found) actions.push(`add column ${name} ${postgresType(column.type)}`);
    else if (fits(found.type, column.type)) return plannedExisting(found);
    else actions.push(`alter column ${name} type ${postgresType(column.type)}`);
    return plannedNew(column);
  });
  const statements = actions.length > 0 ? [`alter table ${table}\n  ${actions.join(',\n  ')}`] : [];
  const exactKeys = columns.every(({ name, equality }) => equality === 'exact' || !spec.keys.includes(name));
  return { create: false, mergeable: existing.mergeable && exactKeys, columns, statements };
}

function plannedNew({ name, type }: Column): PlannedColumn {
  const declaration = postgresType(type);
  return { name, declaration, equality: equality(declaration) };
}

function plannedExisting({ name, type, declared, collate, deterministic }: ExistingColumn): PlannedColumn {
  const exact = deterministic && type.text === declared;
  return { name, declaration: declared + collate, equality: exact ? equality(type.text) : 'text' };
}

function nameProblems(spec: SnapshotSpec): string[] {
  const names = [
    ['schema', spec.targetSchema],
    ['table', spec.targetTable],
    ...spec.columns.map(({ name }) => ['column', name] as const),
  ] as const;
  const problems = names.flatMap(([what, name]) => {
    const problem = nameProblem(name);
    return problem ? [`${what} ${JSON.stringify(name)}: ${problem}`] : [];
  });
  const seen = new Set<string>();
  for (const { name } of spec.columns) {
    if (seen.has(name))
      problems.push(`column ${JSON.stringify(name)} comes twice in the snapshot; rename one of them`);
    seen.add(name);
  }
  if (spec.targetTable.startsWith('_tidemark_')) {
    problems.push(
      `table ${JSON.stringify(spec.targetTable)}: names that begin with _tidemark_ are for bookkeeping`,
    );
  }
  return problems;
}

function tableProblems(spec: SnapshotSpec, existing: ExistingTable, owned: boolean): string[] {
  if (!WRITABLE_KINDS.includes(existing.kind)) {
    const kind = KIND_NAMES[existing.kind] ?? `of kind ${existing.kind}`;
    return [`it is ${kind}, not a table; rename it, or choose another target schema`];
  }
  return [
    ...keyProblems(spec, existing),
    ...spec.columns.flatMap((column) => {
      const found = existing.columns.find(({ name }) => name === column.name);
      return found ? columnProblems(column, found, owned) : [];
    }),
    ...existing.columns.flatMap((column) => unfilledProblems(spec, column)),
  ];
}

function keyProblems({ keys, columns }: SnapshotSpec, existing: ExistingTable): string[] {
  const wanted = [...keys].sort().join('\0');
  if (existing.uniqueKeys.some((names) => [...names].sort().join('\0') === wanted)) return [];
  const missing = keys.filter((key) => !existing.columns.some(({ name }) => name === key));
  if (missing.length > 0) {
    const types = columns
      .filter(({ name }) => missing.includes(name))
      .map(({ name, type }) => `${name} ${postgresType(type)}`);
    return [
      `key column ${missing.join(', ')} is not in it; add ${types.join(', ')} to it and to its primary key`,
    ];
  }
  return [`no primary key or unique index is on (${keys.join(', ')}); add: primary key (${quoteList(keys)})`];
}

function columnProblems({ name, type }: Column, found: ExistingColumn, owned: boolean): string[] {
  const quoted = quoteIdentifier(name);
  if (found.generated === 'stored')
    return [`column ${quoted} is generated; drop its expression, or the column`];
  if (found.generated === 'identity-always') {
    return [`column ${quoted} is "generated always as identity"; make it "generated by default"`];
  }
  if (
    fits(found.type, type) ||
    (owned && found.type.text === found.declared && canWiden(found.type.text, type))
  )
    return [];
  const wanted = postgresType(type);
  return [
    `column ${quoted} is ${found.declared}, the snapshot has ${formatColumnType(type)}; ` +
      `run: alter column ${quoted} type ${wanted} using ${quoted}::${wanted}`,
  ];
}

function unfilledProblems(spec: SnapshotSpec, column: ExistingColumn): string[] {
  if (!column.notNull || column.hasDefault || column.generated) return [];
  if (spec.columns.some(({ name }) => name === column.name)) return [];
  return [
    `column ${quoteIdentifier(column.name)} is not null without a default and the snapshot does not fill it; give it a default`,
  ];
}

function incompatible(
  { targetSchema, targetTable }: SnapshotSpec,
  problems: readonly string[],
): TerminalError {
  const lines = problems.map((problem) => `  - ${problem}.`).join('\n');
  return new TerminalError(
    'TARGET_INCOMPATIBLE',
    `Target table ${targetSchema}.${targetTable} cannot take the snapshot (${problems.length} problem(s)):\n${lines}\n` +
      'Mend the table, or drop it and the export makes a new one.',
    { context: { schema: targetSchema, table: targetTable, problems: problems.length } },
  );
}
