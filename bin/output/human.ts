/** A count with thousands apart, or `?` for one that nobody knows. */
export function humanCount(count: number | bigint | null): string {
  return count === null ? '?' : count.toLocaleString('en-US');
}

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes as `999 B`, `1.2 KB`, `34 MB` (1000s). */
export function humanBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < SIZES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${SIZES[unit]}`;
}

const STEPS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** A length of time by its two largest units: `3 d 4 h`, `2 min 5 s`, `370 ms`, `12 µs`. */
export function humanDuration(seconds: number): string {
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${Math.round(seconds * 1e3)} ms`;
  const whole = Math.floor(seconds);
  const first = STEPS.findIndex(([, size]) => whole >= size);
  const [unit, size] = STEPS[first]!;
  const parts = [`${humanCount(Math.floor(whole / size))} ${unit}`];
  const next = STEPS[first + 1];
  const rest = next ? Math.floor((whole % size) / next[1]) : 0;
  if (next && rest > 0) parts.push(`${rest} ${next[0]}`);
  return parts.join(' ');
}

/** An instant as people read it: no `T`, no `Z`, no fraction of zeros. UTC. */
export function humanInstant(instant: string): string {
  return instant.replace('T', ' ').replace(/Z$/, '').replace(/\.0+$/, '');
}

/** `1 file`, `2 files`, `1,000 files`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${humanCount(count)} ${count === 1 ? one : many}`;
}
