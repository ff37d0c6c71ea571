import { TerminalError, TransientError } from '../../errors.ts';
import { changed, hasSize, readOfVersion, readVolumeVersion, vanished } from './volume-content.ts';
import type { VolumeFiles, VolumeStamp } from './volume-files.ts';

/** Largest file that the workspace takes in one request. @see https://docs.databricks.com/api/files/v2/upload-file */
export const MAX_FILE_BYTES = 5 * 1024 ** 3;

export interface VolumeMove {
  /** Absolute path of the file. */
  readonly source: string;
  /** Its version when it was looked at, or empty: then any content is moved. */
  readonly version: string;
  /** The n-th wish for the new place, from 1: the asked name, then free ones beside it. Absolute. */
  readonly candidate: (n: number) => string;
}

/**
 * Moves one file to the first candidate that is free or already holds the same content; returns its number. The
 * workspace cannot rename, so the file is copied where nothing is, the copy's size is compared, and the source is
 * removed if it is still what was copied. A crash at any point, or a lost answer, leaves the file whole at one end or
 * at both, and a second call finishes the move. Memory is two blocks.
 *
 * The removal itself cannot be made conditional: content that replaces the source between the last look and the
 * removal, one request apart, is lost. Whoever writes change files never replaces one.
 *
 * Throws `TransientError` FILE_CHANGED when the content is no longer of that version, FILE_VANISHED when the file is
 * at neither end; `TerminalError` FILE_TOO_LARGE, before anything is done, above `MAX_FILE_BYTES`.
 */
export async function moveVolumeFile(
  files: VolumeFiles,
  move: VolumeMove,
  blockBytes: number,
): Promise<number> {
  const mover = new Mover(files, blockBytes);
  const seen = await files.stat(move.source);
  return seen === null ? mover.findMoved(move) : mover.move(move, seen);
}

class Mover {
  private readonly files: VolumeFiles;
  private readonly blockBytes: number;

  constructor(files: VolumeFiles, blockBytes: number) {
    this.files = files;
    this.blockBytes = blockBytes;
  }

  async move({ source, version: known, candidate }: VolumeMove, seen: VolumeStamp): Promise<number> {
    if (seen.size > MAX_FILE_BYTES) throw tooLarge(source, seen.size);
    const version = known || (await this.versionOf(source));
    if (!hasSize(version, seen.size)) throw changed(source);
    for (let n = 1; ; n++) {
      const target = candidate(n);
      if (target === source) {
        if ((await this.versionOf(source)) !== version) throw changed(source);
        return n;
      }
      const how = await this.place(source, seen.size, version, target);
      if (how === 'taken') continue;
      await this.removeSource(source, version, how === 'copied' ? seen : null);
      return n;
    }
  }

  /** The source is gone: an earlier call may have moved it, to the asked name or to one beside it. */
  async findMoved({ source, version, candidate }: VolumeMove): Promise<number> {
    for (let n = 1; ; n++) {
      const there = await this.files.stat(candidate(n));
      if (there === null) throw vanished(source);
      if (version === '' || (await this.holds(candidate(n), there, version))) return n;
    }
  }

  private async place(
    source: string,
    size: number,
    version: string,
    target: string,
  ): Promise<'copied' | 'there' | 'taken'> {
    const before = await this.files.stat(target);
    if (before === null && (await this.copy(source, size, version, target))) return 'copied';
    const there = before ?? (await this.files.stat(target));
    if (there === null) throw inTheWay(target);
    return (await this.holds(target, there, version)) ? 'there' : 'taken';
  }

  /** False where something is at the target by now. */
  private async copy(source: string, size: number, version: string, target: string): Promise<boolean> {
    const content = (): AsyncGenerator<Buffer> => readOfVersion(this.files, source, this.blockBytes, version);
    const created =
      size > this.blockBytes
        ? await this.createFromStream(target, size, content)
        : await this.files.create(target, await collect(content()));
    if (created) await this.assertCopied(target, size);
    return created;
  }

  /** A client may wrap what a stream throws, so what went wrong there is thrown as it was. */
  private async createFromStream(
    target: string,
    size: number,
    content: () => AsyncIterable<Buffer>,
  ): Promise<boolean> {
    let failure: unknown = null;
    const open = async function* (): AsyncGenerator<Buffer> {
      failure = null;
      try {
        yield* content();
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    try {
      return await this.files.create(target, { size, open });
    } catch (error) {
      throw failure ?? error;
    }
  }

  private async assertCopied(target: string, size: number): Promise<void> {
    const copy = await this.files.stat(target);
    if (copy?.size === size) return;
    throw new TransientError(
      'FILE_COPY_INCOMPLETE',
      `Copied ${size} bytes to ${target}, but the workspace has ${copy?.size ?? 'none'} of them. The source stays; ` +
        'the next run copies it again, beside that one. Remove the short copy.',
      { context: { path: target, size, copied: copy?.size ?? null } },
    );
  }

  /** @param copied what the source looked like before it was copied, if it was copied just now */
  private async removeSource(source: string, version: string, copied: VolumeStamp | null): Promise<void> {
    const now = await this.files.stat(source);
    if (now === null) return;
    const untouched = copied?.settled && now.size === copied.size && now.lastModified === copied.lastModified;
    if (!untouched && !(await this.holds(source, now, version).catch(trueIfVanished))) throw changed(source);
    await this.files.remove(source);
  }

  private async holds(path: string, stamp: VolumeStamp, version: string): Promise<boolean> {
    return hasSize(version, stamp.size) && (await this.versionOf(path)) === version;
  }

  private async versionOf(path: string): Promise<string> {
    return (await readVolumeVersion(this.files, path, this.blockBytes)).version;
  }
}

/** Somebody else removed it, as we were about to. */
function trueIfVanished(error: unknown): true {
  if (error instanceof TransientError && error.code === 'FILE_VANISHED') return true;
  throw error;
}

async function collect(blocks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const block of blocks) all.push(block);
  return Buffer.concat(all);
}

function tooLarge(path: string, size: number): TerminalError {
  return new TerminalError(
    'FILE_TOO_LARGE',
    `Could not move ${path}: it has ${size} bytes, and the workspace takes files of up to ${MAX_FILE_BYTES} (5 GiB). ` +
      'Move it in the bucket itself, or have the source write smaller files.',
    { context: { path, size } },
  );
}

function inTheWay(path: string): TerminalError {
  return new TerminalError(
    'FILE_NOT_A_FILE',
    `Could not write ${path}: the workspace says something is there, but it is no file. Move the folder away.`,
    { context: { path } },
  );
}
