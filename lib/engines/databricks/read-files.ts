import type { FileColumn } from '../../changes/change-file.ts';
import { quoteIdentifier, stringLiteral } from './quote.ts';
import type { Server } from './server.ts';
import { fromStored, storedSchema } from './stored-columns.ts';

/** A path that means itself alone: every character that a pattern knows is escaped. */
function escapeGlob(path: string): string {
  return path.replace(/[\\{}[\]*?,^]/g, (c) => `\\${c}`);
}

/** The folder all paths are in, with its slash; with `paths` the one above it. Empty where there is none. */
function commonFolder(paths: readonly string[], alternatives: Server['alternatives']): string {
  const [first = '', ...others] = paths;
  let end = first.lastIndexOf('/') + 1;
  while (end > 0 && !others.every((path) => path.startsWith(first.slice(0, end)))) {
    end = first.lastIndexOf('/', end - 2) + 1;
  }
  if (alternatives === 'names' || end <= 1) return first.slice(0, end);
  return first.slice(0, first.lastIndexOf('/', end - 2) + 1);
}

/**
 * One pattern that stands for exactly these paths. Where an alternative has a slash in it the braces are resolved
 * first, and that takes the escapes off once more.
 */
function globOf(paths: readonly string[], alternatives: Server['alternatives']): string {
  if (paths.length === 1) return escapeGlob(paths[0]!);
  const folder = commonFolder(paths, alternatives);
  const names = paths.map((path) => path.slice(folder.length));
  const escaped = names.map(escapeGlob);
  const resolvedFirst = names.some((name) => name.includes('/'));
  return `${escapeGlob(folder)}{${(resolvedFirst ? escaped.map(escapeGlob) : escaped).join(',')}}`;
}

/**
 * Options that keep the function from inferring, rescuing or adding columns, from leaving out files, and from moving
 * days before 1582 by the difference of the calendars (its default is `LEGACY`).
 * @see https://docs.databricks.com/en/sql/language-manual/functions/read_files.html
 */
const OPTIONS: readonly string[] = [
  "format => 'parquet'",
  "schemaEvolutionMode => 'none'",
  'mergeSchema => false',
  'readerCaseSensitive => false',
  "partitionColumns => ''",
  'useStrictGlobber => true',
  'ignoreMissingFiles => false',
  'ignoreCorruptFiles => false',
  "datetimeRebaseMode => 'CORRECTED'",
  "int96RebaseMode => 'CORRECTED'",
];

/** @param schema types of the columns, where the server may not find them out by itself */
function relationOf(server: Server, paths: readonly string[], schema: string | null): string {
  const glob = globOf(paths, server.alternatives);
  if (!server.readFilesFunction) return `parquet.\`${glob.replaceAll('`', '``')}\``;
  const types = schema === null ? [] : [`schema => ${stringLiteral(schema)}`];
  return `read_files(\n  ${[stringLiteral(glob), ...OPTIONS, ...types].join(',\n  ')}\n)`;
}

/** The path of a row's file as it was given. The server encodes it as a URL, though not a plus, and puts a scheme before it. */
function filePath(paths: readonly string[]): string {
  const decoded = "url_decode(replace(_metadata.file_path, '+', '%2B'))";
  return paths.every((path) => path.startsWith('/'))
    ? `regexp_replace(${decoded}, '^[a-z]+:/+', '/')`
    : decoded;
}

/**
 * A relation over exactly these files. With `fileColumn` each row names its file, as given. A column of a type that the
 * server does not know has the value it stands for, not what is stored.
 *
 * @param paths never empty; absolute, all with a scheme or all without
 * @param columns of every one of the files
 * @see https://docs.databricks.com/aws/en/sql/language-manual/functions/read_files#schema-inference
 */
export function readFiles(
  server: Server,
  paths: readonly string[],
  columns: readonly FileColumn[],
  fileColumn?: string,
): string {
  const values = columns.flatMap((column) => {
    const value = fromStored(server, column);
    return value === null ? [] : [{ name: quoteIdentifier(column.name), value }];
  });
  const relation = relationOf(server, paths, values.length === 0 ? null : storedSchema(columns));
  const added = [
    ...values.map(({ name, value }) => `${value} as ${name}`),
    ...(fileColumn === undefined ? [] : [`${filePath(paths)} as ${quoteIdentifier(fileColumn)}`]),
  ];
  if (added.length === 0) return relation;
  const others = values.length === 0 ? '*' : `* except (${values.map(({ name }) => name).join(', ')})`;
  return `(\n  select ${[others, ...added].join(', ')}\n  from ${relation.replaceAll('\n', '\n  ')}\n)`;
}
