import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Opening for reading fails with ELOOP on a symbolic link (not on Windows, which has no such flag). */
export const READ_NOT_LINKS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

const BLOCK_BYTES = 1024 * 1024;

/** Size and content of a file at one moment; `version` is `<size>-<sha256 in lower-case hex>`. */
export interface FileVersion {
  readonly size: number;
  readonly version: string;
}

/** Reads a file once, in blocks of 1 MiB, and says what it holds. Symbolic links are not followed. */
export async function readFileVersion(path: string): Promise<FileVersion> {
  const handle = await open(path, READ_NOT_LINKS);
  try {
    const hash = createHash('sha256');
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    let size = 0;
    for (;;) {
      const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, size);
      if (bytesRead === 0) return { size, version: `${size}-${hash.digest('hex')}` };
      hash.update(block.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
