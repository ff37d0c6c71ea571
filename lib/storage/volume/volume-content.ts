import { createHash } from 'node:crypto';
import { TransientError } from '../../errors.ts';
import type { FileVersion } from '../file-version.ts';
import type { VolumeFiles, VolumeRange } from './volume-files.ts';

/** Bytes asked for at a time, so that memory does not depend on the size of a file. */
export const BLOCK_BYTES = 8 * 1024 * 1024;

/**
 * Reads a file once, in blocks, and says what it holds; `version` is `<size>-<sha256 in lower-case hex>`, as in a local
 * store. The workspace offers nothing better: no etag, and a time in whole seconds that a copy does not keep.
 *
 * Throws `TransientError` FILE_VANISHED when the file is gone, FILE_CHANGED when another took its place meanwhile.
 */
export async function readVolumeVersion(
  files: VolumeFiles,
  path: string,
  blockBytes: number,
): Promise<FileVersion> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const range of readRanges(files, path, blockBytes)) {
    hash.update(range.bytes);
    size = range.size;
  }
  return { size, version: `${size}-${hash.digest('hex')}` };
}

/**
 * The content in blocks, if it has this version. The last block comes only after all were checked: who passes the
 * blocks on never passes on a whole that is another. Two blocks in memory at most.
 *
 * Throws `TransientError` FILE_VANISHED when the file is gone, FILE_CHANGED when it is not of this version.
 */
export async function* readOfVersion(
  files: VolumeFiles,
  path: string,
  blockBytes: number,
  version: string,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: VolumeRange | null = null;
  for await (const range of readRanges(files, path, blockBytes)) {
    if (!hasSize(version, range.size)) throw changed(path);
    hash.update(range.bytes);
    if (held !== null) yield held.bytes;
    held = range;
  }
  if (`${held?.size}-${hash.digest('hex')}` !== version) throw changed(path);
  if (held?.bytes.length) yield held.bytes;
}

/** One range at least, also of an empty file. */
async function* readRanges(
  files: VolumeFiles,
  path: string,
  blockBytes: number,
): AsyncGenerator<VolumeRange> {
  let first: VolumeRange | null = null;
  for (let start = 0; ; start += blockBytes) {
    const range = await files.readRange(path, start, start + blockBytes);
    if (range === null) throw vanished(path);
    first ??= range;
    if (range.size !== first.size || range.lastModified !== first.lastModified) throw changed(path);
    yield range;
    if (start + blockBytes >= range.size) return;
  }
}

/** True when content of this version has this size. */
export function hasSize(version: string, size: number): boolean {
  return version.startsWith(`${size}-`);
}

/** The file is no longer what it was when it was looked at. */
export function changed(path: string): TransientError {
  return new TransientError(
    'FILE_CHANGED',
    `Could not use ${path} as it was: its content changed since it was looked at. The next run takes it as it is then.`,
    { context: { path } },
  );
}

/** The file is gone. */
export function vanished(path: string): TransientError {
  return new TransientError(
    'FILE_VANISHED',
    `Could not read ${path}: it was moved or removed meanwhile. The next run looks again.`,
    { context: { path } },
  );
}
