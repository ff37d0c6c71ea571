/** Numbers that look random and are always the same for a seed. */
export interface Random {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
  /** True once in `n` times. */
  oneIn(n: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** The choices in another order. */
  shuffled<T>(choices: readonly T[]): T[];
  hex(digits: number): string;
  /** Numbers of its own, which do not depend on how many were taken from this one afterwards. */
  fork(): Random;
}

/** A generator of 32 bits of state (mulberry32). */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound: number): number => Math.floor((next() / 2 ** 32) * bound);
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick: (choices) => choices[below(choices.length)]!,
    shuffled(choices) {
      const left = [...choices];
      return choices.map(() => left.splice(below(left.length), 1)[0]!);
    },
    hex: (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join(''),
    fork: () => createRandom(next()),
  };
}
