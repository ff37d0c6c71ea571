import pMap from 'p-map';
import type { FileColumn } from '../changes/change-file.ts';
import { columnRoles } from '../changes/column-roles.ts';
import { isCandidate } from '../changes/file-name.ts';
import { readFooter } from '../changes/footer.ts';
import type { TableConfig } from '../config/config.ts';
import { PipelineError } from '../errors.ts';
import { renderFindKey } from '../history/find-key.ts';
import type { FileKey, KeyValue } from '../history/key-condition.ts';
import { FILE_CONCURRENCY } from '../ingest/ingest-deps.ts';
import type { FileStore, Place, SqlSession } from '../ports.ts';

/** A file and where it is. */
export interface PlacedFile {
  readonly place: Place;
  readonly path: string;
}

/** Which files hold a key. */
export interface KeyInFiles {
  readonly files: readonly (PlacedFile & { readonly rows: number })[];
  /** Nobody knows whether these hold it. */
  readonly unreadable: readonly PlacedFile[];
}

interface Searchable extends PlacedFile {
  readonly enginePath: string;
  readonly columns: readonly FileColumn[];
  /** Null when the file has not all of the key columns. */
  readonly keys: readonly FileKey[] | null;
}

/** Files asked in one query. */
const FILES_AT_ONCE = 100;

const PLACES: readonly Place[] = ['incoming', 'processed', 'rejected'];

/**
 * Looks for a key in every change file of a table, wherever it lies, rows that changed away from it included. A damaged
 * file is named, not thrown.
 *
 * @param between called between queries
 */
export async function findKeyInFiles(
  session: SqlSession,
  store: FileStore,
  table: TableConfig,
  key: readonly KeyValue[],
  between: () => Promise<void>,
): Promise<KeyInFiles> {
  const files: (PlacedFile & { rows: number })[] = [];
  const unreadable: PlacedFile[] = [];
  for (const place of PLACES) {
    const paths = await candidates(store, place);
    for (let at = 0; at < paths.length; at += FILES_AT_ONCE) {
      await between();
      const described = await pMap(
        paths.slice(at, at + FILES_AT_ONCE),
        (file) => describe(store, table, key, { place, ...file }),
        { concurrency: FILE_CONCURRENCY },
      );
      const found = await searchFiles(session, described);
      files.push(...found.files);
      unreadable.push(...found.unreadable);
    }
  }
  return { files, unreadable };
}

async function candidates(store: FileStore, place: Place): Promise<{ path: string; size: number }[]> {
  const files: { path: string; size: number }[] = [];
  for await (const { path, size } of store.list(place)) if (isCandidate(path)) files.push({ path, size });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function describe(
  store: FileStore,
  table: TableConfig,
  key: readonly KeyValue[],
  { place, path, size }: PlacedFile & { readonly size: number },
): Promise<Searchable | PlacedFile> {
  try {
    const readRange = (start: number, end: number) => store.readRange(place, path, start, end);
    const { columns, unsupported } = await readFooter({ path, size, readRange });
    const keyIsUnsupported = unsupported.some(({ name }) =>
      key.some(({ column }) => column.name.toLowerCase() === name.toLowerCase()),
    );
    if (keyIsUnsupported) return { place, path };
    const keys = fileKeys(table, columns, key);
    return { place, path, enginePath: store.enginePath(place, path), columns, keys };
  } catch (error) {
    if (error instanceof PipelineError) return { place, path };
    throw error;
  }
}

function fileKeys(
  table: TableConfig,
  columns: readonly FileColumn[],
  key: readonly KeyValue[],
): readonly FileKey[] | null {
  const { keys, beforeImages } = columnRoles(table, columns);
  const now = new Map([...keys].map(([name, column]) => [name.toLowerCase(), column]));
  const before = new Map([...beforeImages].map(([name, column]) => [name.toLowerCase(), column]));
  const found: FileKey[] = [];
  for (const value of key) {
    const name = value.column.name.toLowerCase();
    const column = now.get(name);
    if (!column) return null;
    found.push({ value, now: column, before: before.get(name) ?? null });
  }
  return found;
}

async function searchFiles(
  session: SqlSession,
  described: readonly (Searchable | PlacedFile)[],
): Promise<KeyInFiles> {
  const rows = new Map<PlacedFile, number>();
  const unreadable = new Set<PlacedFile>(described.filter((file) => !('keys' in file)));
  const searchable = described.filter((file): file is Searchable => 'keys' in file && file.keys !== null);
  for (const group of groupByShape(searchable)) {
    await searchGroup(session, group, rows).catch(async (error) => {
      if (!(error instanceof PipelineError)) throw error;
      for (const file of group) {
        await searchGroup(session, [file], rows).catch((one) => {
          if (!(one instanceof PipelineError)) throw one;
          unreadable.add(file);
        });
      }
    });
  }
  return {
    files: described.flatMap((file) => {
      const count = rows.get(file) ?? 0;
      return count > 0 ? [{ place: file.place, path: file.path, rows: count }] : [];
    }),
    unreadable: described.flatMap((file) =>
      unreadable.has(file) ? [{ place: file.place, path: file.path }] : [],
    ),
  };
}

/** One query reads files of the same columns only. */
function groupByShape(files: readonly Searchable[]): Searchable[][] {
  const groups = new Map<string, Searchable[]>();
  for (const file of files) {
    const shape = JSON.stringify(file.columns.map(({ name, ...rest }) => [name.toLowerCase(), rest]).sort());
    const group = groups.get(shape);
    if (group) group.push(file);
    else groups.set(shape, [file]);
  }
  return [...groups.values()];
}

async function searchGroup(
  session: SqlSession,
  group: readonly Searchable[],
  rows: Map<PlacedFile, number>,
): Promise<void> {
  const { columns, keys } = group[0]!;
  const enginePaths = group.map((file) => file.enginePath);
  const found = await session.query(renderFindKey(session.dialect, { enginePaths, columns, keys: keys! }));
  const counts = new Map(found.map(([path, count]) => [path, Number(count)]));
  for (const file of group) rows.set(file, counts.get(file.enginePath) ?? 0);
}
