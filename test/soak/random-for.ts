import { createHash } from 'node:crypto';
import { createRandom, type Random } from '../../examples/demo/random.ts';

export type { Random } from '../../examples/demo/random.ts';

/** A generator of its own for one purpose: what others draw changes nothing of what it gives. */
export function randomFor(seed: number, purpose: string): Random {
  const digest = createHash('sha256').update(`${seed}/${purpose}`).digest();
  return createRandom(digest.readUInt32LE(0));
}

/** True so many times in a thousand. */
export function happens(random: Random, inThousand: number): boolean {
  return random.between(1, 1000) <= inThousand;
}
