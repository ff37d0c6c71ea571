import type { Logger } from '../ports.ts';

/** Warns of the first value of each column that its file could not hold as it is. */
export function warnOncePerColumn(logger: Logger): (table: string, column: string) => void {
  const told = new Set<string>();
  return (table, column) => {
    const id = JSON.stringify([table, column]);
    if (told.has(id)) return;
    told.add(id);
    logger.warn(
      'A value does not fit the type that DMS gives its column in a file: it becomes the nearest one that does, or null. See docs/capture.md.',
      { table, column },
    );
  };
}
