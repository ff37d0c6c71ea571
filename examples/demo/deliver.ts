import { open } from 'node:fs/promises';
import { writeDmsFile } from '../../lib/dms-files/write-dms-file.ts';
import { openDuckdb } from '../../lib/engines/duckdb/engine.ts';
import type { PutIncoming } from './incoming.ts';
import type { Delivery } from './rounds.ts';

/** Writes the change files into the incoming folders of their tables, as DMS and its companions would. */
export async function deliver(put: PutIncoming, files: readonly Delivery[]): Promise<void> {
  const writer = await openDuckdb({ path: ':memory:', schema: 'main' });
  try {
    for (const { table, name, rows, damaged } of files) {
      await put(table.name, name, async (path) => {
        await writeDmsFile(writer, path, table, rows);
        if (damaged) await damage(path);
      });
    }
  } finally {
    await writer.close();
  }
}

/** Where the first page begins. */
const AFTER_MAGIC = 4;

/** Blanks the first page and leaves the footer whole, so that only reading the rows can tell. */
async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(Buffer.alloc(16), 0, 16, AFTER_MAGIC);
  } finally {
    await file.close();
  }
}
