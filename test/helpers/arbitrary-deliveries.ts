import fc from 'fast-check';
import type { Change } from './oracle-types.ts';

export interface DeliveryOptions {
  /** Files and batches keep the feed's order; a duplicate still comes later. @default false */
  readonly inOrder?: boolean;
  /** Some changes arrive in a second file as well. @default true */
  readonly duplicates?: boolean;
  /** What is left comes with the last batch. @default no bound */
  readonly maxBatches?: number;
}

/** Batches of files of changes: together every change of a feed at least once. */
export type Delivery = readonly (readonly (readonly Change[])[])[];

/** Ways in which the changes of a feed may arrive. */
export function deliveryArbitrary(
  changes: readonly Change[],
  { inOrder = false, duplicates = true, maxBatches = Number.POSITIVE_INFINITY }: DeliveryOptions = {},
): fc.Arbitrary<Delivery> {
  const all = changes.map((_, at) => at);
  const again = duplicates ? fc.subarray(all) : fc.constant([]);
  const order = (repeated: readonly number[]): fc.Arbitrary<number[]> =>
    inOrder ? insertLater(all, repeated) : shuffled([...all, ...repeated]);
  return fc
    .tuple(
      again.chain(order),
      fc.array(fc.nat({ max: 6 }), { minLength: 1 }),
      fc.array(fc.nat({ max: 3 }), { minLength: 1 }),
    )
    .map(([sequence, fileSizes, batchSizes]) => {
      const files = cut(
        sequence.map((at) => changes[at]!),
        fileSizes,
      );
      return atMost(cut(files, batchSizes), maxBatches);
    });
}

function shuffled(items: readonly number[]): fc.Arbitrary<number[]> {
  return fc
    .shuffledSubarray([...items.keys()], { minLength: items.length })
    .map((at) => at.map((i) => items[i]!));
}

/** Every repeated item is put in again somewhere after its first place. */
function insertLater(items: readonly number[], repeated: readonly number[]): fc.Arbitrary<number[]> {
  return fc
    .array(fc.nat({ max: 9 }), { minLength: repeated.length, maxLength: repeated.length })
    .map((delays) => {
      const sequence = [...items];
      repeated.forEach((item, at) => {
        sequence.splice(sequence.indexOf(item) + 1 + delays[at]!, 0, item);
      });
      return sequence;
    });
}

/** Cuts into runs of one more than these lengths, over and over. */
function cut<T>(items: readonly T[], lengths: readonly number[]): T[][] {
  const runs: T[][] = [];
  let from = 0;
  while (from < items.length) {
    const length = 1 + lengths[runs.length % lengths.length]!;
    runs.push(items.slice(from, from + length));
    from += length;
  }
  return runs;
}

/** The runs after the last that is allowed become part of it. */
function atMost<T>(runs: readonly T[][], most: number): T[][] {
  if (runs.length <= most) return [...runs];
  return [...runs.slice(0, most - 1), runs.slice(most - 1).flat()];
}
