import type { Place } from '../ports.ts';
import type { Config, TableConfig } from './config.ts';
import { tableFolders } from './paths.ts';

/** What the key of a file in the bucket says. */
export interface LocatedKey {
  readonly table: TableConfig;
  readonly place: Place;
  /** Path below the folder of the place. */
  readonly path: string;
}

/**
 * The way back from the key of a file to its table, as `tableFolders` gave it its folder. Null for a key outside of all
 * folders; the table is the configuration's, paused or not. Keys are plain, not encoded for URLs.
 */
export function createKeyLocator(
  config: Pick<Config, 'storage' | 'tables'>,
): (key: string) => LocatedKey | null {
  const folders = new Map<string, Omit<LocatedKey, 'path'>>();
  for (const table of config.tables) {
    const { incoming, processed, rejected } = tableFolders(config, table);
    folders.set(incoming, { table, place: 'incoming' });
    folders.set(processed, { table, place: 'processed' });
    folders.set(rejected, { table, place: 'rejected' });
  }
  return (key) => {
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
      const found = folders.get(key.slice(0, at));
      // No folder of a table lies in that of another, so the first is the only one.
      if (found) return { ...found, path: key.slice(at + 1) };
    }
    return null;
  };
}
