/** Runs work as soon as there is room for it, first come, first served. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** A limit of so many at the same time. Work that waits for other work of the same limit may wait for ever. */
export function createLimit(atOnce: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The room is handed on, so that nobody who comes between takes it.
      if (next) next();
      else running -= 1;
    }
  };
}
