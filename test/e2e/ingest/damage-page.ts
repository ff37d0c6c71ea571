import { readFile, writeFile } from 'node:fs/promises';
import { parquetMetadata } from 'hyparquet';

/** Overwrites the middle of a column's pages; the footer stays sound. */
export async function damagePage(path: string, column: string): Promise<void> {
  const bytes = await readFile(path);
  const metadata = parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  for (const group of metadata.row_groups) {
    const chunk = group.columns.find((c) => c.meta_data?.path_in_schema[0] === column)!.meta_data!;
    const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
    const size = Number(chunk.total_compressed_size);
    bytes.fill(0xff, start + Math.floor(size / 3), start + Math.floor((size * 2) / 3));
  }
  await writeFile(path, bytes);
}
