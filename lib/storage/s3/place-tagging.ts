import type { Tag } from '@aws-sdk/client-s3';
import type { Place } from '../../ports.ts';
import { PLACE_TAG, placeTag } from '../place-tag.ts';

/** Tags that S3 lets an object have. */
const MAX_TAGS = 10;

/**
 * The tags of a file that is moved to a place, as S3 takes them with a copy: its own, and the place's unless that is
 * `incoming`. A file that has ten of its own keeps those and goes without; then rules of the bucket that make old files
 * cheaper pass it over.
 */
export function placeTagging(own: readonly Tag[], place: Place): string {
  // Tags that AWS set itself cannot be set by others.
  const kept = own.flatMap(({ Key: key = '', Value: value = '' }): [string, string][] =>
    key === PLACE_TAG || key.startsWith('aws:') ? [] : [[key, value]],
  );
  if (place !== 'incoming' && kept.length < MAX_TAGS) {
    const { key, value } = placeTag(place);
    kept.push([key, value]);
  }
  return new URLSearchParams(kept).toString();
}
