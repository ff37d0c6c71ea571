import type { StoredFile } from '../../ports.ts';
import { isHiddenName } from '../hidden-name.ts';
import type { RestClient } from './rest-client.ts';
import { assertDone, garbled, isMissing } from './volume-error.ts';
import { directoryUrl } from './volume-url.ts';

/** One line of a folder's listing, as the workspace gives it. */
interface DirectoryEntry {
  readonly name?: string;
  readonly is_directory?: boolean;
  readonly file_size?: number;
  /** Milliseconds since 1970. */
  readonly last_modified?: number;
}

/** One page; it may be empty although more follow. */
interface DirectoryPage {
  readonly contents?: readonly DirectoryEntry[];
  readonly next_page_token?: string;
}

/**
 * Every file below a folder of a volume, in no order, a page (up to 1,000 entries) in memory at a time. Hidden names
 * (`_x`, `.x`) are passed over, folders too. A missing folder has no files; a folder that vanishes meanwhile neither.
 *
 * @param folder absolute, `/Volumes/…`
 * @see https://docs.databricks.com/api/files/v2/list-directory-contents
 */
export async function* listVolumeFiles(rest: RestClient, folder: string): AsyncGenerator<StoredFile> {
  const pending = [''];
  for (let below = pending.pop(); below !== undefined; below = pending.pop()) {
    for await (const entry of entries(rest, folder + below)) {
      const name = entry.name ?? '';
      if (name === '' || isHiddenName(name)) continue;
      if (entry.is_directory) pending.push(`${below}/${name}`);
      else yield describe(`${below}/${name}`.slice(1), entry, folder);
    }
  }
}

async function* entries(rest: RestClient, folder: string): AsyncGenerator<DirectoryEntry> {
  let query: Record<string, string> = {};
  for (;;) {
    const answer = await rest.request('GET', directoryUrl(folder), { query });
    if (isMissing(answer)) return;
    assertDone(answer, 'list', folder);
    const page = parsePage(answer.body, folder);
    yield* page.contents ?? [];
    if (!page.next_page_token) return;
    query = { page_token: page.next_page_token };
  }
}

function parsePage(body: Buffer, folder: string): DirectoryPage {
  try {
    return JSON.parse(body.toString()) as DirectoryPage;
  } catch (cause) {
    throw garbled('list', folder, 'something else than JSON', cause);
  }
}

/**
 * The workspace cannot rename, so the time of the last write is the time of arrival. A size that is not there is taken
 * for zero: it is left out of folders, and whether also of empty files is not documented.
 */
function describe(
  path: string,
  { file_size = 0, last_modified }: DirectoryEntry,
  folder: string,
): StoredFile {
  if (last_modified === undefined) throw garbled('list', folder, `no time of ${path}`);
  const arrivedAt = `${new Date(last_modified).toISOString().slice(0, -1)}000Z`;
  return { path, size: file_size, version: '', arrivedAt };
}
