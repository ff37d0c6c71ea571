import type { CheckedTable } from './check-columns.ts';
import { foldName, nameBytes } from './names.ts';
import { sourceSchema, tableFolders } from './paths.ts';
import { type Finding, quote } from './problem.ts';

/** Longest key that S3 has, less what DMS and we put below a folder of a table. */
const MAX_FOLDER_BYTES = 800;

/**
 * Folders in the bucket that are none, or that lie in each other, case ignored: the volumes over them may not overlap,
 * and a listing of one would show the files of the other. They are the same only where names of tables repeat.
 */
export function checkFolders(tables: readonly CheckedTable[], prefix: string): Finding[] {
  const odd = tables.flatMap(checkSchemaStep);
  if (odd.length > 0) return odd;
  const folders = tables.flatMap((table) => foldersOf(table, prefix));
  const owners = new Map<string, (typeof folders)[number]>();
  for (const folder of folders) if (!owners.has(folder.folded)) owners.set(folder.folded, folder);
  return folders.flatMap((folder) => [...checkLength(folder), ...checkOverlap(folder, owners)]);
}

function foldersOf({ index, config }: CheckedTable, prefix: string) {
  const { incoming, processed, rejected } = tableFolders({ storage: { kind: 's3', prefix } }, config);
  return [incoming, processed, rejected].map((path) => ({ index, path, folded: foldName(path) }));
}

type Folder = ReturnType<typeof foldersOf>[number];

function checkSchemaStep({ index, config }: CheckedTable): Finding[] {
  const schema = sourceSchema(config.source);
  const odd = /[/\\]/.test(schema) || schema.includes('..') || /^[._]/.test(schema);
  if (!odd) return [];
  const message = `the schema ${quote(schema)} becomes a folder of the bucket, but has "/", "\\" or ".." in it, or begins with "." or "_"`;
  return [
    { path: ['tables', index, 'source'], message, hint: 'Rename the schema, or copy a view of another.' },
  ];
}

function checkLength({ index, path }: Folder): Finding[] {
  if (nameBytes(path) <= MAX_FOLDER_BYTES) return [];
  const message = `its folder has ${nameBytes(path)} bytes, too many for the key of a file`;
  return [{ path: ['tables', index], message, hint: 'Use a shorter name or prefix.' }];
}

function checkOverlap(folder: Folder, owners: ReadonlyMap<string, Folder>): Finding[] {
  const steps = folder.folded.split('/');
  const above = steps.slice(1).map((_, i) => steps.slice(0, i + 1).join('/'));
  return above.flatMap((path): Finding[] => {
    const owner = owners.get(path);
    if (!owner || owner.index === folder.index) return [];
    const message = `its folder ${quote(folder.path)} lies in a folder of tables[${owner.index}], ${quote(owner.path)}`;
    return [{ path: ['tables', folder.index], message, hint: 'Give one of the two another name.' }];
  });
}
