import { TerminalError } from '../../errors.ts';
import type { FileStore, Place, StoredFile } from '../../ports.ts';
import { freeName } from '../free-name.ts';
import { createLimit, type Limit } from '../limit.ts';
import { assertSafePath } from '../safe-path.ts';
import { listVolumeFiles } from './list-volume-files.ts';
import { moveVolumeFile } from './move-volume-file.ts';
import type { RestClient } from './rest-client.ts';
import { BLOCK_BYTES, readVolumeVersion, vanished } from './volume-content.ts';
import { VolumeFiles } from './volume-files.ts';

/** Where the three volumes of one table are. */
export interface VolumeFileStoreOptions {
  readonly rest: RestClient;
  /** Folder of the volumes, `/Volumes/<catalog>/<schema>`. */
  readonly volumes: string;
  /** Volumes, or folders in one, for instance `customer_incoming`. */
  readonly folders: Readonly<Record<Place, string>>;
  /** Bytes asked for at a time. @default 8 MiB */
  readonly blockBytes?: number;
}

/**
 * Files dealt with at a time. A move has up to two requests under way, and Databricks' own client says that the Files
 * API takes ten.
 * @see https://github.com/databricks/cli/blob/main/libs/filer/files_client.go
 */
const FILES_AT_ONCE = 4;

/**
 * A file store in volumes of a Databricks workspace, by its Files API: no credentials of the cloud are needed. A
 * version is size and SHA-256 of the content, so a file is read once to be identified and once or twice to be moved; a
 * move passes the bytes through this machine. Files above 5 GiB are listed and read but not moved (FILE_TOO_LARGE).
 *
 * Errors: FILE_ACCESS_DENIED says what to grant; VOLUME_MISSING comes where something is to be written and there is no
 * volume, or where the workspace tells a missing volume from a missing folder (else it is listed as empty);
 * STORAGE_THROTTLED and STORAGE_UNAVAILABLE are transient and carry `context.retryAfterMs` when the workspace gave it.
 * Throws `TerminalError` UNSAFE_PATH when a folder is no safe name.
 *
 * @see https://docs.databricks.com/api/files/v2/file
 */
export function createVolumeFileStore(options: VolumeFileStoreOptions): FileStore {
  return new VolumeFileStore(options);
}

class VolumeFileStore implements FileStore {
  private readonly rest: RestClient;
  private readonly files: VolumeFiles;
  private readonly folders: Readonly<Record<Place, string>>;
  private readonly blockBytes: number;
  private readonly limit: Limit = createLimit(FILES_AT_ONCE);

  constructor({ rest, volumes, folders, blockBytes = BLOCK_BYTES }: VolumeFileStoreOptions) {
    const root = assertVolumes(volumes);
    const locate = (place: Place): string => `${root}/${assertSafePath(folders[place])}`;
    this.rest = rest;
    this.files = new VolumeFiles(rest);
    this.folders = {
      incoming: locate('incoming'),
      processed: locate('processed'),
      rejected: locate('rejected'),
    };
    this.blockBytes = blockBytes;
  }

  list(place: Place): AsyncIterable<StoredFile> {
    return listVolumeFiles(this.rest, this.folders[place]);
  }

  async identify(place: Place, file: StoredFile): Promise<StoredFile> {
    const path = this.enginePath(place, file.path);
    const found = await this.limit(() => readVolumeVersion(this.files, path, this.blockBytes));
    return { ...file, ...found };
  }

  async readRange(place: Place, path: string, start: number, end: number): Promise<Uint8Array> {
    const absolute = this.enginePath(place, path);
    // There is no way to ask for no bytes; one tells whether the file is there.
    const range = await this.limit(() => this.files.readRange(absolute, start, Math.max(end, start + 1)));
    if (range === null) throw vanished(absolute);
    return range.bytes.subarray(0, Math.max(0, end - start));
  }

  async move(from: Place, file: StoredFile, to: Place, toPath: string): Promise<string> {
    const source = this.enginePath(from, file.path);
    const target = this.enginePath(to, toPath);
    const candidate = (n: number): string => freeName(target, n);
    const move = { source, version: file.version, candidate };
    const n = await this.limit(() => moveVolumeFile(this.files, move, this.blockBytes));
    return freeName(toPath, n);
  }

  async put(place: Place, path: string, content: string): Promise<void> {
    const absolute = this.enginePath(place, path);
    await this.limit(() => this.files.replace(absolute, Buffer.from(content)));
  }

  async read(place: Place, path: string): Promise<string | null> {
    const absolute = this.enginePath(place, path);
    const content = await this.limit(() => this.files.read(absolute));
    return content?.toString() ?? null;
  }

  async remove(place: Place, path: string): Promise<void> {
    const absolute = this.enginePath(place, path);
    await this.limit(() => this.files.remove(absolute));
  }

  enginePath(place: Place, path: string): string {
    return `${this.folders[place]}/${assertSafePath(path)}`;
  }

  location(place: Place): string {
    return this.folders[place];
  }
}

/** Absolute, without a slash at the end. */
function assertVolumes(volumes: string): string {
  if (!volumes.startsWith('/')) {
    throw new TerminalError(
      'UNSAFE_PATH',
      `Volume folder ${JSON.stringify(volumes)} is not absolute. Give one like /Volumes/<catalog>/<schema>.`,
    );
  }
  return `/${assertSafePath(volumes.slice(1).replace(/\/$/, ''))}`;
}
