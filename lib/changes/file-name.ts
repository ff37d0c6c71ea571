/**
 * What the name of a change file says. The folders above it (schema, table, partition, date) say nothing about
 * order: DMS date folders follow the commit date, while the stamp in the name is when the file was cut.
 */
export interface ChangeFileName {
  /** `LOAD*`: rows of the source as they were, not changes. */
  readonly fullLoad: boolean;
  /**
   * Where the file stands among its siblings: first by `group` (full load, captured changes, names we do not know),
   * then by `rank`, compared by code unit.
   */
  readonly order: { readonly group: 0 | 1 | 2; readonly rank: string };
}

/** The counter is hexadecimal (…9, A … F, 10); a parallel load puts `SEGMENT<n>_` before it. */
const FULL_LOAD = /^(?:SEGMENT(\d{1,15})_)?LOAD([0-9A-F]{1,16})(?![0-9A-Z])/i;

/** `yyyymmdd-hhmmss` and a fraction of nobody's fixed length; nine and ten digits after the dash are both seen. */
const CAPTURED =
  /^(\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))-((?:[01]\d|2[0-3])[0-5]\d[0-6]\d\d{0,20})(?!\d)/;

const RANK_WIDTH = 16;

/** Reads the name of a change file at any depth of folders. Never throws: an unknown name has a place too, the last. */
export function parseFileName(path: string): ChangeFileName {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const load = FULL_LOAD.exec(name);
  if (load) {
    const segment = (load[1] ?? '').padStart(RANK_WIDTH, '0');
    const counter = (load[2] ?? '').toUpperCase().padStart(RANK_WIDTH, '0');
    return { fullLoad: true, order: { group: 0, rank: `${segment}-${counter}` } };
  }
  const captured = CAPTURED.exec(name);
  if (captured) return { fullLoad: false, order: { group: 1, rank: `${captured[1]}${captured[2]}` } };
  return { fullLoad: false, order: { group: 2, rank: '' } };
}

/**
 * DMS order: full-load files by segment and counter, then captured changes by the stamp in their name, then unknown
 * names; ties by path. Total, so that every machine and every run sees the same order.
 */
export function compareChangeFiles(a: { readonly path: string }, b: { readonly path: string }): number {
  return compareParsed(parseFileName(a.path), a.path, parseFileName(b.path), b.path);
}

/** A new array in the order of `compareChangeFiles`, each name parsed once. */
export function sortChangeFiles<T extends { readonly path: string }>(files: readonly T[]): T[] {
  return files
    .map((file) => ({ file, name: parseFileName(file.path) }))
    .sort((a, b) => compareParsed(a.name, a.file.path, b.name, b.file.path))
    .map(({ file }) => file);
}

/**
 * True for a file that ingest must answer for: it is applied or it is rejected with a reason. Not for hidden names
 * (a segment beginning with `_` or `.`), folders and their markers, and our own `.reason.json`. The extension decides
 * nothing: a stray `.csv` is a candidate and is rejected by its content (NOT_PARQUET), so nobody wonders where it went.
 */
export function isCandidate(path: string): boolean {
  if (path === '' || path.endsWith('/') || path.endsWith('_$folder$') || path.endsWith('.reason.json'))
    return false;
  return path.split('/').every((segment) => !segment.startsWith('_') && !segment.startsWith('.'));
}

function compareParsed(a: ChangeFileName, aPath: string, b: ChangeFileName, bPath: string): number {
  return (
    a.order.group - b.order.group || compareText(a.order.rank, b.order.rank) || compareText(aPath, bPath)
  );
}

/** By code unit: `localeCompare` differs between machines. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
