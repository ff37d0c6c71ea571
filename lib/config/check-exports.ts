import { checkConnection } from './check-connection.ts';
import { foldName, nameBytes, suggest } from './names.ts';
import { type Finding, quote } from './problem.ts';
import { exportName } from './resolve-export.ts';
import type { ExportYaml } from './schema-export.ts';
import { EXPORT_DEFAULTS } from './defaults.ts';

/** An export, with only those fields that have the right shape, and its position in `exports`. */
export interface CheckedExport {
  readonly index: number;
  readonly written: Partial<ExportYaml>;
}

/** Longest name Postgres keeps; it cuts a longer one without a word. */
const MAX_POSTGRES_NAME_BYTES = 63;

/** Everything wrong with the exports, and what is risky. `tableNames` are all that are written, usable or not. */
export function checkExports(
  exports: readonly CheckedExport[],
  tableNames: readonly string[],
): { problems: Finding[]; warnings: Finding[] } {
  const connections = exports.map(checkConnection);
  return {
    problems: [
      ...checkExportNames(exports),
      ...exports.flatMap((one) => checkTables(one, tableNames)),
      ...checkSharedTargets(exports, tableNames),
      ...connections.flatMap(({ problems }) => problems),
    ],
    warnings: connections.flatMap(({ warnings }) => warnings),
  };
}

function checkExportNames(exports: readonly CheckedExport[]): Finding[] {
  const seen = new Set<string>();
  return exports.flatMap(({ index, written }): Finding[] => {
    const name = foldName(exportName(written));
    const message = `the name ${quote(exportName(written))} is taken by another export`;
    const finding = {
      path: ['exports', index, 'name'],
      message,
      hint: 'Give each export a name of its own.',
    };
    const repeated = seen.has(name);
    seen.add(name);
    return repeated ? [finding] : [];
  });
}

function checkTables({ index, written }: CheckedExport, tableNames: readonly string[]): Finding[] {
  const path = ['exports', index];
  const findings = (written.tables ?? []).flatMap((name, i): Finding[] => {
    const at = [...path, 'tables', i];
    if (!tableNames.includes(name)) {
      return [
        { path: at, message: `${quote(name)} is not a table`, hint: suggest(name, tableNames, 'Tables') },
      ];
    }
    const repeated = written.tables?.indexOf(name) !== i;
    return repeated ? [{ path: at, message: `${quote(name)} is listed twice`, hint: 'List it once.' }] : [];
  });
  const names = (written.tables ?? tableNames).map((name) => ({ name, at: [...path, 'tables'] }));
  const schema = { name: written.targetSchema ?? '', at: [...path, 'targetSchema'] };
  for (const { name, at } of [...names, schema]) {
    if (nameBytes(name) <= MAX_POSTGRES_NAME_BYTES) continue;
    const message = `${quote(name)} has ${nameBytes(name)} bytes, more than Postgres keeps of a name`;
    findings.push({ path: at, message, hint: `Use at most ${MAX_POSTGRES_NAME_BYTES} bytes.` });
  }
  return findings;
}

function checkSharedTargets(exports: readonly CheckedExport[], tableNames: readonly string[]): Finding[] {
  const writers = new Map<string, number>();
  return exports.flatMap(({ index, written }) => {
    const { connection, targetSchema = EXPORT_DEFAULTS.targetSchema, tables = tableNames } = written;
    if (connection === undefined) return [];
    return [...new Set(tables)].flatMap((table): Finding[] => {
      const target = JSON.stringify([serverOf(connection), targetSchema, table]);
      const other = writers.get(target);
      if (other === undefined) writers.set(target, index);
      if (other === undefined || other === index) return [];
      const hint = 'Leave the table out of one of them, or set another targetSchema.';
      const message = `table ${quote(table)} is written by exports[${other}] too, to the same place`;
      return [{ path: ['exports', index], message, hint }];
    });
  });
}

/** What makes two connections one database, as far as the file tells. */
function serverOf(connection: ExportYaml['connection']): unknown {
  if (typeof connection === 'string') return connection;
  const { url, embedded, host, port = 5432, database } = connection;
  return url ?? embedded ?? [host, port, database];
}
