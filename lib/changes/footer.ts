import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { FileRejection, TransientError } from '../errors.ts';
import type { FileFooter } from './change-file.ts';
import { describeColumns } from './footer-columns.ts';
import { assertSoundMetadata } from './footer-soundness.ts';
import { assertThriftStruct } from './thrift-guard.ts';

/** One file to read from, in ranges. */
export interface FooterSource {
  /** For messages. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes `[start, end)`. Its errors are passed on as they are. */
  readRange(start: number, end: number): Promise<Uint8Array>;
}

/** The first read; it holds the whole footer of a file with some hundred column chunks. */
const TAIL_BYTES = 64 * 1024;
/** Length of the metadata and the closing magic. */
const TRAILER_BYTES = 8;
/** Opening magic, an empty struct, trailer. */
const SMALLEST_FILE_BYTES = 4 + 1 + TRAILER_BYTES;
const MAX_METADATA_BYTES = 64 * 1024 * 1024;

/**
 * Reads rows and column types from the end of a parquet file, in one or two ranged reads; no row is read.
 *
 * Throws `FileRejection` with a code of its own for each way a file can be wrong: FILE_EMPTY (no bytes), NOT_PARQUET,
 * FILE_TRUNCATED (begins as parquet, does not end so), ENCRYPTED, FOOTER_DAMAGED (unreadable, or it contradicts
 * itself), DUPLICATE_COLUMN. Throws `TransientError` FILE_CHANGED when the file is no longer as long as it was.
 */
export async function readFooter(source: FooterSource): Promise<FileFooter> {
  if (source.size === 0) throw reject(source, 'FILE_EMPTY', 'has no bytes', 'Write it again');
  const tail = await readExactly(source, Math.max(0, source.size - TAIL_BYTES), source.size);
  await assertMagic(source, tail);
  const metadataBytes = readMetadataLength(source, tail);
  const bytes = await readMetadata(source, tail, metadataBytes);
  const metadata = decode(source, bytes, metadataBytes);
  return { rows: Number(metadata.num_rows), ...describeColumns(metadata.schema, source.path) };
}

async function assertMagic(source: FooterSource, tail: Uint8Array): Promise<void> {
  const end = magicAt(tail, tail.length - 4);
  if (end === 'PAR1' && source.size >= SMALLEST_FILE_BYTES) return;
  if (end === 'PARE') {
    throw reject(
      source,
      'ENCRYPTED',
      'has an encrypted footer',
      'Write change files without parquet encryption',
    );
  }
  const start = magicAt(await readExactly(source, 0, Math.min(4, source.size)), 0);
  if (start === 'PAR1') {
    throw reject(
      source,
      'FILE_TRUNCATED',
      'begins as parquet but has no end',
      'Copy or write it again, whole',
    );
  }
  throw reject(
    source,
    'NOT_PARQUET',
    'is not a parquet file (no PAR1)',
    'Put only parquet change files here',
  );
}

function readMetadataLength(source: FooterSource, tail: Uint8Array): number {
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(tail.length - TRAILER_BYTES, true);
  if (length === 0 || length > source.size - TRAILER_BYTES - 4) {
    throw damaged(
      source,
      `says its metadata has ${length} bytes, which a file of ${source.size} cannot hold`,
    );
  }
  if (length > MAX_METADATA_BYTES) {
    throw damaged(
      source,
      `says its metadata has ${length} bytes, more than the ${MAX_METADATA_BYTES} we read`,
    );
  }
  return length;
}

/** The metadata and the trailer, as one block. */
async function readMetadata(
  source: FooterSource,
  tail: Uint8Array,
  metadataBytes: number,
): Promise<Uint8Array> {
  const missing = metadataBytes + TRAILER_BYTES - tail.length;
  if (missing <= 0) return tail.subarray(-missing);
  const tailStart = source.size - tail.length;
  const whole = new Uint8Array(missing + tail.length);
  whole.set(await readExactly(source, tailStart - missing, tailStart), 0);
  whole.set(tail, missing);
  return whole;
}

function decode(source: FooterSource, bytes: Uint8Array, metadataBytes: number): FileMetaData {
  let metadata: FileMetaData;
  try {
    assertThriftStruct(bytes.subarray(0, metadataBytes));
    metadata = parquetMetadata(bytes, { geoparquet: false });
    assertSoundMetadata(metadata, source.size - TRAILER_BYTES - metadataBytes);
  } catch (cause) {
    throw damaged(source, `has an unreadable footer (${(cause as Error).message})`, cause);
  }
  if (metadata.row_groups.some((group) => group.columns.some((column) => column.crypto_metadata))) {
    throw reject(
      source,
      'ENCRYPTED',
      'has encrypted columns',
      'Write change files without parquet encryption',
    );
  }
  return metadata;
}

async function readExactly(source: FooterSource, start: number, end: number): Promise<Uint8Array> {
  const bytes = await source.readRange(start, end);
  if (bytes.length === end - start) return bytes;
  throw new TransientError(
    'FILE_CHANGED',
    `File ${source.path}: bytes ${start} to ${end} gave ${bytes.length}; it was ${source.size} bytes long when ` +
      'it was listed. It is being written; it is looked at again on the next run.',
    { context: { path: source.path, size: source.size } },
  );
}

function magicAt(bytes: Uint8Array, offset: number): string {
  return offset < 0 ? '' : String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

function damaged(source: FooterSource, what: string, cause?: unknown): FileRejection {
  return reject(source, 'FOOTER_DAMAGED', what, 'Copy or write it again', cause);
}

function reject(
  source: FooterSource,
  code: string,
  what: string,
  fix: string,
  cause?: unknown,
): FileRejection {
  return new FileRejection(code, `File ${source.path} ${what}. ${fix}, then release it.`, {
    context: { path: source.path, size: source.size },
    cause,
  });
}
