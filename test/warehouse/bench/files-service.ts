import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { json, type RestReply } from './rest-reply.ts';

/** Calls of the Files API that we make. */
export type FilesCall = 'ListDirectory' | 'GetFileMetadata' | 'GetFile' | 'PutFile' | 'DeleteFile';

export interface FilesRequest {
  /** Of the URL, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * A stand-in for the part of Databricks' Files API that deals with volumes, over local folders. What it does is
 * documented (https://docs.databricks.com/api/files/v2/file) or seen in Databricks' own clients (marked *), but for:
 * the order of a listing; what an error says beside its status; 416 for a range beyond the end; 409 for a file where a
 * folder is; a write that breaks off leaves nothing; folders stay when their last file goes.
 */
export interface FilesService {
  /** Shows a local folder as `prefix`, for instance `/Volumes/<catalog>/<schema>`. It need not exist yet. */
  mount(prefix: string, folder: string): void;
  answer(call: FilesCall, request: FilesRequest): Promise<RestReply>;
}

/** The call that a method and path stand for, or null. */
export function filesCall(method: string, path: string): FilesCall | null {
  const calls = path.startsWith(DIRECTORIES) ? DIRECTORY_CALLS : path.startsWith(FILES) ? FILE_CALLS : {};
  return calls[method] ?? null;
}

/** The path that a request means, decoded; for records and faults. */
export function volumePath(path: string): string {
  return decodeURIComponent(path.replace(/^\/api\/2\.0\/fs\/(files|directories)/, ''));
}

const FILES = '/api/2.0/fs/files/';
const DIRECTORIES = '/api/2.0/fs/directories/';
const DIRECTORY_CALLS: Readonly<Record<string, FilesCall>> = { GET: 'ListDirectory' };
const FILE_CALLS: Readonly<Record<string, FilesCall>> = {
  HEAD: 'GetFileMetadata',
  GET: 'GetFile',
  PUT: 'PutFile',
  DELETE: 'DeleteFile',
};

export interface FilesServiceOptions {
  /** Entries of a page: at most these, and as many where nobody asks for fewer. @default 1000, as documented */
  readonly maxPageSize?: number;
}

/** Begins the names of files that are being written. */
const SPOOL = '.files-service-';

/** A service that shows nothing yet. */
export function createFilesService({ maxPageSize = 1_000 }: FilesServiceOptions = {}): FilesService {
  const mounts = new Map<string, string>();
  return {
    mount: (prefix, folder) => {
      mounts.set(prefix, folder);
    },
    answer: async (call, request) => {
      const path = localPath(mounts, volumePath(request.path));
      if (path === null) return failure(404, 'NOT_FOUND', 'There is no such volume.');
      if (call === 'ListDirectory') return listDirectory(path, request, maxPageSize);
      if (call === 'GetFileMetadata') return getMetadata(path);
      if (call === 'PutFile') return putFile(path, request);
      const reply = call === 'GetFile' ? getFile(path, request) : deleteFile(path);
      return reply.catch(notFoundIfGone);
    },
  };
}

function localPath(mounts: ReadonlyMap<string, string>, path: string): string | null {
  if (path.includes('\0') || path.split('/').some((segment) => segment === '.' || segment === '..'))
    return null;
  for (const [prefix, folder] of mounts) {
    if (path.startsWith(`${prefix}/`)) return join(folder, path.slice(prefix.length));
  }
  return null;
}

async function listDirectory(
  path: string,
  { path: url, query }: FilesRequest,
  maxPageSize: number,
): Promise<RestReply> {
  const names = await readdir(path).catch(() => null);
  if (names === null) return failure(404, 'NOT_FOUND', 'The directory being accessed is not found.');
  const pageSize = Math.min(Number(query.get('page_size') ?? maxPageSize), maxPageSize);
  const after = Buffer.from(query.get('page_token') ?? '', 'base64url').toString();
  const rest = names.filter((name) => !name.startsWith(SPOOL) && name > after).sort();
  const page = rest.slice(0, pageSize);
  const entries = await Promise.all(page.map((name) => describe(path, name, volumePath(url))));
  const more = rest.length > page.length ? { next_page_token: tokenOf(page.at(-1) ?? '') } : {};
  return json(200, { contents: entries.filter((entry) => entry !== null), ...more });
}

const tokenOf = (name: string): string => Buffer.from(name).toString('base64url');

async function describe(path: string, name: string, folder: string): Promise<object | null> {
  const stats = await stat(join(path, name)).catch(() => null);
  if (stats === null) return null;
  const entry = { name, path: `${folder}/${name}`, last_modified: Math.floor(stats.mtimeMs) };
  const isDirectory = stats.isDirectory();
  return isDirectory
    ? { ...entry, is_directory: true }
    : { ...entry, is_directory: false, file_size: stats.size };
}

interface LocalFile {
  readonly size: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly modifiedSeconds: number;
}

/** A folder is not found here *. */
async function lookAt(path: string): Promise<LocalFile | null> {
  const stats = await stat(path).catch(() => null);
  if (stats === null || !stats.isFile()) return null;
  const modifiedSeconds = Math.floor(stats.mtimeMs / 1_000);
  const lastModified = new Date(modifiedSeconds * 1_000).toUTCString();
  const headers = { 'content-type': 'application/octet-stream', 'last-modified': lastModified };
  return { size: stats.size, modifiedSeconds, headers };
}

async function getMetadata(path: string): Promise<RestReply> {
  const file = await lookAt(path);
  if (file === null) return { status: 404, headers: {}, body: '' };
  return { status: 200, headers: { ...file.headers, 'content-length': String(file.size) }, body: '' };
}

async function getFile(path: string, { headers }: FilesRequest): Promise<RestReply> {
  const file = await lookAt(path);
  if (file === null) return fileNotFound();
  const unmodifiedSince = Date.parse(String(headers['if-unmodified-since'])) / 1_000;
  if (file.modifiedSeconds > unmodifiedSince) return failure(412, 'FAILED_PRECONDITION', 'It was modified.');
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(String(headers.range)) ?? [];
  if (from === undefined)
    return { status: 200, headers: file.headers, body: await readPart(path, 0, file.size) };
  const start = Number(from);
  if (start >= file.size) {
    return { status: 416, headers: { 'content-range': `bytes */${file.size}` }, body: '' };
  }
  const end = to ? Math.min(Number(to) + 1, file.size) : file.size;
  const contentRange = `bytes ${start}-${end - 1}/${file.size}`;
  const body = await readPart(path, start, end);
  return { status: 206, headers: { ...file.headers, 'content-range': contentRange }, body };
}

async function readPart(path: string, start: number, end: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(end - start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Folders above come into being *. A file that is there is replaced unless `overwrite=false`, then 409 *. */
async function putFile(path: string, { query, body }: FilesRequest): Promise<RestReply> {
  await mkdir(dirname(path), { recursive: true });

  const spool = join(dirname(path), `${SPOOL}${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(spool, body);
    if (query.get('overwrite') === 'false') await link(spool, path);
    else await rename(spool, path);
    return { status: 204, headers: {}, body: '' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return failure(409, 'ALREADY_EXISTS', 'The file being created already exists.');
    if (code === 'EISDIR') return failure(409, 'ALREADY_EXISTS', 'The path points to an existing directory.');
    throw error;
  } finally {
    await rm(spool, { force: true });
  }
}

async function deleteFile(path: string): Promise<RestReply> {
  if ((await lookAt(path)) === null) return fileNotFound();
  await unlink(path);
  return { status: 204, headers: {}, body: '' };
}

/** Removed between the look and the deed. */
function notFoundIfGone(error: NodeJS.ErrnoException): RestReply {
  if (error.code === 'ENOENT') return fileNotFound();
  throw error;
}

function fileNotFound(): RestReply {
  return failure(404, 'NOT_FOUND', 'The file being accessed is not found.');
}

function failure(status: number, error_code: string, message: string): RestReply {
  return json(status, { error_code, message });
}
