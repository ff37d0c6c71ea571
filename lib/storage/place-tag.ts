import type { Place } from '../ports.ts';

/**
 * Key of the tag that a file in the bucket has once it was moved out of `incoming`; its value is the place it was moved
 * to. Rules of the bucket that make old files cheaper go by it, since no prefix tells processed files from waiting ones.
 */
export const PLACE_TAG = 'tidemark-place';

/** The tag of a place. */
export function placeTag(place: Exclude<Place, 'incoming'>): {
  readonly key: string;
  readonly value: string;
} {
  return { key: PLACE_TAG, value: place };
}
