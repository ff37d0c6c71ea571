import type { RestClient, RestResponse, RestStream } from './rest-client.ts';
import { assertDone, garbled, isMissing } from './volume-error.ts';
import { fileUrl } from './volume-url.ts';

/** Bytes after `start` of a file that was `size` bytes long when they were read. */
export interface VolumeRange {
  readonly bytes: Buffer;
  readonly size: number;
  /** As the workspace says it, in whole seconds; empty where it says nothing. */
  readonly lastModified: string;
}

/** What the workspace tells of a file without its content. */
export interface VolumeStamp {
  readonly size: number;
  /** As the workspace says it, in whole seconds; empty where it says nothing. */
  readonly lastModified: string;
  /**
   * Whether content written later must show in the stamp: the file was last written so long before the workspace
   * looked that another write would count as another second.
   */
  readonly settled: boolean;
}

/** Longer than the second that a stamp counts, for clocks of a workspace and its storage that differ a little. */
const SETTLED_AFTER_MS = 5_000;

/** A transfer encoding would change sizes and ranges. */
const PLAIN = { 'accept-encoding': 'identity' };

/**
 * Single files of a workspace's volumes by absolute path (`/Volumes/…`), one request a call.
 * @see https://docs.databricks.com/api/files/v2/file
 */
export class VolumeFiles {
  private readonly rest: RestClient;

  constructor(rest: RestClient) {
    this.rest = rest;
  }

  /** Size and time of a file, or null if there is none. */
  async stat(path: string): Promise<VolumeStamp | null> {
    const answer = await this.rest.request('HEAD', fileUrl(path), { headers: PLAIN });
    if (isMissing(answer)) return null;
    assertDone(answer, 'look at', path);
    const lastModified = answer.headers['last-modified'] ?? '';
    const age = Date.parse(answer.headers.date ?? '') - Date.parse(lastModified);
    const size = sizeOf(answer.headers['content-length'], 'look at', path);
    return { size, lastModified, settled: age >= SETTLED_AFTER_MS };
  }

  /** Bytes `[start, end)`, fewer where the file ends before, or null if there is no file. `start < end`. */
  async readRange(path: string, start: number, end: number): Promise<VolumeRange | null> {
    const headers = { ...PLAIN, range: `bytes=${start}-${end - 1}` };
    const answer = await this.rest.request('GET', fileUrl(path), { headers });
    if (isMissing(answer)) return null;
    const range = answer.status === 416 ? nothingOf(answer, start) : partOf(answer, path, start, end);
    const wanted = Math.max(0, Math.min(end, range.size) - start);
    if (range.bytes.length !== wanted)
      throw garbled('read', path, `${range.bytes.length} of ${wanted} bytes`);
    return range;
  }

  /** The whole of a small file, or null if there is none. */
  async read(path: string): Promise<Buffer | null> {
    const answer = await this.rest.request('GET', fileUrl(path), { headers: PLAIN });
    if (isMissing(answer)) return null;
    assertDone(answer, 'read', path);
    return answer.body;
  }

  /** Writes a file whole, replacing one of that name. Folders above come into being by themselves. */
  async replace(path: string, content: Uint8Array): Promise<void> {
    assertDone(await this.put(path, content, true), 'write', path);
  }

  /** Writes a file whole where nothing is. False, and nothing written, where something is. */
  async create(path: string, content: Uint8Array | RestStream): Promise<boolean> {
    const answer = await this.put(path, content, false);
    if (answer.status === 409) return false;
    assertDone(answer, 'write', path);
    return true;
  }

  /** Removes a file; none there is success. */
  async remove(path: string): Promise<void> {
    const answer = await this.rest.request('DELETE', fileUrl(path));
    if (!isMissing(answer)) assertDone(answer, 'remove', path);
  }

  private put(path: string, body: Uint8Array | RestStream, overwrite: boolean): Promise<RestResponse> {
    const headers = { 'content-type': 'application/octet-stream' };
    return this.rest.request('PUT', fileUrl(path), {
      query: { overwrite: String(overwrite) },
      headers,
      body,
    });
  }
}

/** The file ends before the range starts. */
function nothingOf({ headers }: RestResponse, start: number): VolumeRange {
  const size = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  return {
    bytes: Buffer.alloc(0),
    size: Math.min(start, Number(size ?? start)),
    lastModified: headers['last-modified'] ?? '',
  };
}

function partOf(answer: RestResponse, path: string, start: number, end: number): VolumeRange {
  assertDone(answer, 'read', path);
  const lastModified = answer.headers['last-modified'] ?? '';
  // A server may pass over the wish for a range and send everything.
  if (answer.status === 200) {
    return { bytes: answer.body.subarray(start, end), size: answer.body.length, lastModified };
  }
  const range = answer.headers['content-range'] ?? '';
  const [, from, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(range) ?? [];
  if (Number(from) !== start) throw garbled('read', path, `the range ${JSON.stringify(range)}`);
  return { bytes: answer.body, size: sizeOf(size, 'read', path), lastModified };
}

function sizeOf(text: string | undefined, action: string, path: string): number {
  if (/^\d+$/.test(text ?? '')) return Number(text);
  throw garbled(action, path, 'no size');
}
