import { TransientError } from '../../errors.ts';
import type { Place } from '../../ports.ts';
import { copyInParts } from './copy-in-parts.ts';
import { placeTagging } from './place-tagging.ts';
import type { S3Object } from './s3-object.ts';
import type { S3Objects } from './s3-objects.ts';

/** From which size a copy is made in parts, and how large those are, in bytes. */
export interface CopySizes {
  /** Largest file that is copied in one request, which S3 takes up to 5 GiB. @default 1 GiB, for a quick answer */
  readonly wholeBytes: number;
  /** @default 256 MiB */
  readonly partBytes: number;
}

export interface S3Move {
  /** Key of the file. */
  readonly source: string;
  /** Its version when it was looked at, or empty: then any content is moved. */
  readonly version: string;
  /** Where it goes. */
  readonly place: Place;
  /** The n-th wish for the new key, from 1: the asked one, then free ones beside it. */
  readonly candidate: (n: number) => string;
}

/** Bytes of each of two objects held at a time when they are compared, which many moves may do at once. */
const BLOCK_BYTES = 2 * 1024 * 1024;

/** Times that somebody else may get in the way of one move. */
const TRIES = 3;

/**
 * Moves one file of any size to the first candidate that is free or already holds the same content; returns its number.
 * S3 cannot rename, so the file is copied on the condition that it is what was seen and nothing is at the target, then
 * removed on the condition that it still is. No byte passes through this machine, unless something of the same size and
 * another version is in the way: then both are read and compared. A crash at any point, or a lost answer, leaves the
 * file whole at one end or at both, and a second call finishes the move.
 *
 * Throws `TransientError` FILE_CHANGED when the content is no longer of that version, FILE_VANISHED when the file is
 * at neither end, FILE_BUSY when others kept writing there.
 */
export async function moveS3File(objects: S3Objects, move: S3Move, sizes: CopySizes): Promise<number> {
  for (let left = TRIES; left > 0; left -= 1) {
    const seen = await objects.head(move.source);
    if (seen === null) return await findMoved(objects, move);
    if (move.version !== '' && seen.version !== move.version) throw changed(objects.name(move.source));
    const n = await moveSeen(objects, move, seen, sizes);
    if (n !== null) return n;
  }
  throw new TransientError(
    'FILE_BUSY',
    `Could not move ${objects.name(move.source)}: others wrote there at the same moment, ${TRIES} times. The next run tries again.`,
    { context: { key: move.source } },
  );
}

/** Null when a condition of the copy did not hold, so that all has to be looked at again. */
async function moveSeen(
  objects: S3Objects,
  { source, place, candidate }: S3Move,
  seen: S3Object,
  sizes: CopySizes,
): Promise<number | null> {
  for (let n = 1; ; n += 1) {
    const target = candidate(n);
    if (target === source) return n;
    const there = await objects.head(target);
    if (there !== null && !(await isSame(objects, source, seen, target, there))) continue;
    if (there === null && !(await copy(objects, source, seen, target, place, sizes))) return null;
    if (!(await objects.removeUnchanged(source, seen.etag))) throw changed(objects.name(source));
    return n;
  }
}

/** False when a condition did not hold. */
async function copy(
  objects: S3Objects,
  source: string,
  seen: S3Object,
  target: string,
  place: Place,
  { wholeBytes, partBytes }: CopySizes,
): Promise<boolean> {
  const tags = await objects.tags(source);
  if (tags === null) return false;
  const wanted = { source, seen, target, tagging: placeTagging(tags, place) };
  return seen.size > wholeBytes ? await copyInParts(objects, wanted, partBytes) : await objects.copy(wanted);
}

/** The source is gone: an earlier call may have moved it, to the asked key or to one beside it. */
async function findMoved(objects: S3Objects, { source, version, candidate }: S3Move): Promise<number> {
  for (let n = 1; ; n += 1) {
    const there = await objects.head(candidate(n));
    if (there === null) throw vanished(objects.name(source));
    if (version === '' || there.version === version) return n;
  }
}

async function isSame(
  objects: S3Objects,
  source: string,
  seen: S3Object,
  target: string,
  there: S3Object,
): Promise<boolean> {
  if (there.size !== seen.size) return false;
  if (there.version === seen.version) return true;
  for (let start = 0; start < seen.size; start += BLOCK_BYTES) {
    const end = start + BLOCK_BYTES;
    const [ours, theirs] = await Promise.all([
      objects.readRange(source, start, end, seen.etag),
      objects.readRange(target, start, end, there.etag),
    ]);
    if (ours === null) throw vanished(objects.name(source));
    if (theirs === null || Buffer.compare(ours, theirs) !== 0) return false;
  }
  return true;
}

function changed(name: string): TransientError {
  return new TransientError(
    'FILE_CHANGED',
    `Could not move ${name}: its content changed since it was looked at. The next run takes it as it is then.`,
    { context: { where: name } },
  );
}

/** The file is gone. */
export function vanished(name: string): TransientError {
  return new TransientError(
    'FILE_VANISHED',
    `Could not use ${name}: it was moved or removed meanwhile. The next run looks again.`,
    { context: { where: name } },
  );
}
