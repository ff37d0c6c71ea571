import { COLUMN_TYPE_NAMES, type ColumnType, parseColumnType } from './column-type.ts';
import type { Finding } from './problem.ts';
import { hasControlCharacter, suggest } from './names.ts';
import { quote } from './problem.ts';

/**
 * Reads the `columns:` of a table: name to type text. Paths of findings begin below `columns`. Any name is taken,
 * `__proto__` too.
 */
export function readContract(columns: unknown): {
  contract: Readonly<Record<string, ColumnType>>;
  findings: Finding[];
} {
  if (columns === undefined) return { contract: {}, findings: [] };
  if (columns === null || typeof columns !== 'object' || Array.isArray(columns)) {
    return { contract: {}, findings: [notAMap()] };
  }
  const findings: Finding[] = [];
  const entries: [string, ColumnType][] = [];
  for (const [name, type] of Object.entries(columns)) {
    const parsed = typeof type === 'string' ? parseColumnType(type) : null;
    if (parsed) entries.push([name, parsed]);
    else findings.push(notAType(name, type));
    if (name === '')
      findings.push({ path: [name], message: 'is an empty column name', hint: 'Name the column.' });
    if (hasControlCharacter(name)) {
      const hint = 'Remove line breaks, tabs, NUL and the like from the column name.';
      findings.push({ path: [name], message: 'contains a control character', hint });
    }
  }
  return { contract: Object.fromEntries(entries), findings };
}

function notAMap(): Finding {
  const hint = 'Write one `name: type` a line, for instance `id: bigint`, or leave `columns` out.';
  return { path: [], message: 'must map column names to types', hint };
}

function notAType(name: string, type: unknown): Finding {
  if (typeof type !== 'string') {
    return {
      path: [name],
      message: 'must be the name of a type',
      hint: 'For instance `bigint` or `decimal(18,2)`.',
    };
  }
  if (/^\s*(decimal|numeric)\b/i.test(type)) {
    const hint = 'Write decimal(p,s) with p from 1 to 38 and s from 0 to p, for instance decimal(18,2).';
    return { path: [name], message: `${quote(type)} is not a decimal type`, hint };
  }
  return {
    path: [name],
    message: `${quote(type)} is not a type`,
    hint: suggest(type, COLUMN_TYPE_NAMES, 'Types'),
  };
}
