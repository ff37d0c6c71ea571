import type { NamedTable } from './check-table-names.ts';
import type { DatabricksEngineConfig } from './config.ts';
import { type ConfigPath, type Finding, quote } from './problem.ts';

/** Names as written, of those that have the right shape. */
export interface CatalogNames {
  readonly server: DatabricksEngineConfig['server'];
  /** What stands in for a catalog that is not given. */
  readonly name: string | undefined;
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
  readonly tables: readonly NamedTable[];
}

/** A name, where it is written, and what is made of it. */
interface Name {
  readonly text: string;
  readonly path: ConfigPath;
  readonly what: string;
  /** Longest ending that a name of ours adds to it. */
  readonly suffix: string;
}

const MAX_CHARACTERS = 255;
const SPARK_CATALOG = 'spark_catalog';

/** Names that a Databricks engine cannot hold, and those that it would hold otherwise than they are written. */
export function checkCatalogNames(names: CatalogNames): { problems: Finding[]; warnings: Finding[] } {
  if (names.server === 'open-spark') return { problems: checkSparkNames(names), warnings: [] };
  const all = listNames(names);
  return { problems: all.flatMap(checkUnityName), warnings: all.flatMap(warnCase) };
}

function listNames({ name, catalog, schema, tables }: CatalogNames): Name[] {
  const top: [string, string | undefined, string][] =
    catalog === undefined
      ? [['catalog', name, 'the name of the catalog, taken from `name`,']]
      : [['catalog', catalog, 'the name of the catalog']];
  top.push(['schema', schema, 'the name of the schema']);
  return [
    ...top.flatMap(([field, text, what]): Name[] =>
      text === undefined ? [] : [{ text, path: [field], what, suffix: '' }],
    ),
    ...tables.map(({ index, name: text }): Name => {
      const what = 'the name of a table and of its volumes';
      return { text, path: ['tables', index, 'name'], what, suffix: '_processed' };
    }),
  ];
}

/** @see https://docs.databricks.com/aws/en/data-governance/unity-catalog/requirements#securable-object-naming-requirements */
function checkUnityName({ text, path, what, suffix }: Name): Finding[] {
  const found: Finding[] = [];
  const wrong = [...new Set(text.match(/[./ ]/g) ?? [])].map((c) => (c === ' ' ? 'a space' : quote(c)));
  if (wrong.length > 0) {
    const message = `${what} has ${wrong.join(' and ')} in it, which Unity Catalog does not allow`;
    found.push({ path, message, hint: `For instance ${quote(text.replace(/[./ ]+/g, '_'))}.` });
  }
  const length = [...text, ...suffix].length;
  if (length > MAX_CHARACTERS) {
    const message = `${what} has ${[...text].length} characters, more than Unity Catalog keeps`;
    found.push({ path, message, hint: `Use at most ${MAX_CHARACTERS - suffix.length} characters.` });
  }
  return found;
}

function warnCase({ text, path, what }: Name): Finding[] {
  const kept = text.toLowerCase();
  if (kept === text) return [];
  const message = `${what} has upper case letters, but Unity Catalog keeps all names in lower case`;
  return [{ path, message, hint: `Write ${quote(kept)}, so that it is the same everywhere.` }];
}

function checkSparkNames(names: CatalogNames): Finding[] {
  const found: Finding[] = [];
  if ((names.catalog ?? names.name) !== undefined && names.catalog !== SPARK_CATALOG) {
    const message = `must be ${SPARK_CATALOG} with \`server: open-spark\`, which has no other`;
    found.push({ path: ['catalog'], message, hint: `Write \`catalog: ${SPARK_CATALOG}\`.` });
  }
  for (const { text, path, what } of listNames({ ...names, name: undefined, catalog: undefined })) {
    if (/^\w+$/.test(text)) continue;
    const message = `${what} has other characters in it than open Spark allows`;
    found.push({ path, message, hint: 'Use letters from a to z, digits and "_".' });
  }
  return found;
}
