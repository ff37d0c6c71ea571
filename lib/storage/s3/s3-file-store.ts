import type { FileStore, Logger, Place, StoredFile } from '../../ports.ts';
import { freeName } from '../free-name.ts';
import { assertSafePath } from '../safe-path.ts';
import { listS3Files } from './list-s3-files.ts';
import { type CopySizes, moveS3File, vanished } from './move-s3-file.ts';
import { S3Objects, type S3Sender } from './s3-objects.ts';

/** Where the three folders of one table are. */
export interface S3FileStoreOptions {
  readonly client: S3Sender;
  readonly bucket: string;
  /** Folders in the bucket, for instance `landing/dbo/customer_incoming`, without a slash at either end. */
  readonly folders: Readonly<Record<Place, string>>;
  /** The same folders by the names that the engine knows, for instance `/Volumes/lake/crm/customer_incoming`. */
  readonly engineFolders: Readonly<Record<Place, string>>;
  /** Warned of keys that are passed over because no path can name them (`a//b`). @default silent */
  readonly logger?: Pick<Logger, 'warn'>;
  readonly sizes?: Partial<CopySizes>;
}

const PASSED_OVER =
  'objects are passed over, for their keys have an empty step (a//b): copy them to proper keys';

const SIZES: CopySizes = { wholeBytes: 1024 ** 3, partBytes: 256 * 1024 ** 2 };

/**
 * A file store in a bucket. A version is size and etag of the object as the source wrote it; copies carry it along in
 * their metadata, so a file keeps its version wherever it is moved. A moved file keeps type, metadata, tags, storage
 * class and a KMS key of its own, and gets the tag `PLACE_TAG`. Only the last version of a key counts where the bucket
 * keeps old ones.
 *
 * Errors are those of `toS3Error`: FILE_ACCESS_DENIED says which right is missing; STORAGE_THROTTLED and
 * STORAGE_UNAVAILABLE are transient. Throws `TerminalError` UNSAFE_PATH when a folder is no safe path.
 */
export function createS3FileStore(options: S3FileStoreOptions): FileStore {
  return new S3FileStore(options);
}

/** A move is five answers of S3 one after the other, so it mostly waits; beyond the client's fifty sockets none is faster. */
const FILES_AT_ONCE = 32;

class S3FileStore implements FileStore {
  readonly filesAtOnce = FILES_AT_ONCE;
  private readonly options: S3FileStoreOptions;
  private readonly objects: S3Objects;
  private readonly sizes: CopySizes;

  constructor(options: S3FileStoreOptions) {
    for (const folder of Object.values(options.folders)) assertSafePath(folder);
    this.options = options;
    this.objects = new S3Objects(options.client, options.bucket);
    this.sizes = { ...SIZES, ...options.sizes };
  }

  async *list(place: Place): AsyncGenerator<StoredFile> {
    const { client, bucket, folders } = this.options;
    const unsafe = { count: 0, first: '' };
    const onUnsafe = (key: string): void => {
      unsafe.first ||= key;
      unsafe.count += 1;
    };
    yield* listS3Files({ client, bucket, folder: folders[place], onUnsafe });
    if (unsafe.count > 0) this.options.logger?.warn(PASSED_OVER, { bucket, ...unsafe });
  }

  async identify(place: Place, file: StoredFile): Promise<StoredFile> {
    const key = this.key(place, file.path);
    const found = await this.objects.head(key);
    if (found === null) throw vanished(this.objects.name(key));
    return { ...file, size: found.size, version: found.version };
  }

  async readRange(place: Place, path: string, start: number, end: number): Promise<Uint8Array> {
    const key = this.key(place, path);
    const bytes = await this.objects.readRange(key, start, end);
    if (bytes === null) throw vanished(this.objects.name(key));
    return bytes;
  }

  async move(from: Place, file: StoredFile, to: Place, toPath: string): Promise<string> {
    const source = this.key(from, file.path);
    const target = this.key(to, toPath);
    const candidate = (n: number): string => freeName(target, n);
    const move = { source, version: file.version, place: to, candidate };
    return freeName(toPath, await moveS3File(this.objects, move, this.sizes));
  }

  async put(place: Place, path: string, content: string): Promise<void> {
    await this.objects.put(this.key(place, path), content);
  }

  async read(place: Place, path: string): Promise<string | null> {
    return await this.objects.read(this.key(place, path));
  }

  async remove(place: Place, path: string): Promise<void> {
    await this.objects.remove(this.key(place, path));
  }

  enginePath(place: Place, path: string): string {
    return `${this.options.engineFolders[place]}/${assertSafePath(path)}`;
  }

  location(place: Place): string {
    return this.objects.name(this.options.folders[place]);
  }

  private key(place: Place, path: string): string {
    return `${this.options.folders[place]}/${assertSafePath(path)}`;
  }
}
