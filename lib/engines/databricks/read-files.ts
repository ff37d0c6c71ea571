import { quoteIdentifier, stringLiteral } from './quote.ts';
import type { Server } from './server.ts';

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

function relationOf(server: Server, paths: readonly string[]): string {
  const glob = globOf(paths, server.alternatives);
  return server.readFilesFunction
    ? `read_files(\n  ${[stringLiteral(glob), ...OPTIONS].join(',\n  ')}\n)`
    : `parquet.\`${glob.replaceAll('`', '``')}\``;
}

/** The path of a row's file as it was given. The server encodes it as a URL, though not a plus, and puts a scheme before it. */
function filePath(paths: readonly string[]): string {
  const decoded = "url_decode(replace(_metadata.file_path, '+', '%2B'))";
  return paths.every((path) => path.startsWith('/'))
    ? `regexp_replace(${decoded}, '^[a-z]+:/+', '/')`
    : decoded;
}

/**
 * A relation over exactly these files. With `fileColumn` each row names its file, as given.
 *
 * @param paths never empty; absolute, all with a scheme or all without
 */
export function readFiles(server: Server, paths: readonly string[], fileColumn?: string): string {
  const relation = relationOf(server, paths);
  if (fileColumn === undefined) return relation;
  return `(\n  select *, ${filePath(paths)} as ${quoteIdentifier(fileColumn)}\n  from ${relation.replaceAll('\n', '\n  ')}\n)`;
}
