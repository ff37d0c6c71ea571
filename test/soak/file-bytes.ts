import { readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { damagePage } from '../e2e/ingest/damage-page.ts';
import { type ChangeFileSpec, writeChangeFile } from '../helpers/change-files.ts';
import type { Change } from '../helpers/oracle-types.ts';
import type { Poison, SoakFile } from './feed.ts';
import { columnsOf } from './soak-tables.ts';

/** The bytes of a change file as they arrive; `dir` is for files on their way. */
export async function fileBytes(dir: string, keys: readonly string[], file: SoakFile): Promise<Uint8Array> {
  if (file.poison === 'empty') return new Uint8Array();
  if (file.poison === 'text') return Buffer.from('id,name\n1,Ada\n');
  const path = join(dir, 'on-its-way.parquet');
  try {
    await writeChangeFile(path, specOf(keys, file));
    await spoil(path, file.poison);
    return await readFile(path);
  } finally {
    await rm(path, { force: true });
  }
}

function specOf(keys: readonly string[], { changes, poison }: SoakFile): ChangeFileSpec {
  const options = { beforeImage: keys };
  const spec = { columns: columnsOf(keys), changes, options };
  if (poison === 'keyless') return { ...spec, options: { beforeImage: [], omitColumns: ['id'] } };
  const change = WRONG[poison ?? ''];
  return change ? { ...spec, changes: [...changes, change(changes.at(-1)!)] } : spec;
}

const WRONG: Readonly<Record<string, (like: Change) => Change>> = {
  'null-key': (like) => ({ ...like, op: 'I', values: { ...like.values, id: null } }),
  timeless: (like) => ({ ...like, commitTime: 'yesterday' }),
  'unknown-op': (like) => ({ ...like, op: 'X' as Change['op'] }),
};

async function spoil(path: string, poison: Poison | null): Promise<void> {
  if (poison === 'damaged') await damagePage(path, 'id');
  if (poison !== 'truncated') return;
  const { length } = await readFile(path);
  await truncate(path, Math.floor(length / 2));
}
