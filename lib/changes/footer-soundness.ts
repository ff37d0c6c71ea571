import type { ColumnMetaData, FileMetaData, RowGroup } from 'hyparquet';

/**
 * Throws when decoded metadata cannot be true of the file it stands in: row counts negative, above 2^53 or not
 * adding up, a column chunk outside the file or in another file. Everything is checked by type too, because the
 * decoder hands on whatever a damaged byte made of a field.
 *
 * @param bytesBeforeFooter where the metadata begins; row data ends before it
 */
export function assertSoundMetadata(metadata: FileMetaData, bytesBeforeFooter: number): void {
  if (metadata.schema.some((element) => typeof element.name !== 'string'))
    throw new RangeError('a column without a name');
  const leaves = metadata.schema.filter((element) => element.type).length;
  let rows = 0;
  for (const group of metadata.row_groups) {
    rows += count(group.num_rows, 'rows of a row group');
    assertSoundGroup(group, leaves, bytesBeforeFooter);
  }
  const total = count(metadata.num_rows, 'rows');
  if (rows !== total) throw new RangeError(`${total} rows in all, but ${rows} in the row groups`);
}

function assertSoundGroup(group: RowGroup, leaves: number, bytesBeforeFooter: number): void {
  if (group.columns.length !== leaves) {
    throw new RangeError(`a row group of ${group.columns.length} columns in a schema of ${leaves}`);
  }
  for (const { meta_data: chunk, file_path: filePath, crypto_metadata: encrypted } of group.columns) {
    if (filePath) throw new RangeError('a column lies in another file');
    if (chunk) assertInsideFile(chunk, bytesBeforeFooter);
    else if (!encrypted) throw new RangeError('a column that is nowhere');
  }
}

function assertInsideFile(chunk: ColumnMetaData, bytesBeforeFooter: number): void {
  // Writers put any offset on a chunk without values.
  if (count(chunk.num_values, 'values') === 0) return;
  const dictionary = count(chunk.dictionary_page_offset ?? 0n, 'dictionary offset');
  const pages = count(chunk.data_page_offset, 'page offset');
  // Some writers say 0 for "no dictionary".
  const start = dictionary > 0 ? Math.min(dictionary, pages) : pages;
  const end = start + count(chunk.total_compressed_size, 'compressed size');
  if (start < 4 || pages >= bytesBeforeFooter || end > bytesBeforeFooter) {
    throw new RangeError(`a column at bytes ${start} to ${end}, but data ends at ${bytesBeforeFooter}`);
  }
}

function count(value: unknown, what: string): number {
  if (typeof value === 'bigint' && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER))
    return Number(value);
  throw new RangeError(`${what}: ${String(value)} is not a count`);
}
