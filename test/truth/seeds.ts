/**
 * The seeds of a test: TIDEMARK_SEED alone where that is given, else `usual` of them beginning at `first`, or as many as
 * TIDEMARK_SEEDS says.
 */
export function seedsOf(first: number, usual: number): number[] {
  const { TIDEMARK_SEED: one, TIDEMARK_SEEDS: many } = process.env;
  if (one) return [Number(one)];
  return Array.from({ length: many ? Number(many) : usual }, (_, n) => first + n);
}

/** Runs `work`; what it throws says how to run the seed alone. */
export async function withSeed(seed: number, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) error.message = `TIDEMARK_SEED=${seed}: ${error.message}`;
    throw error;
  }
}
