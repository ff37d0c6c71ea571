const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** Every unit `parseByteSize` takes. */
export const BYTE_UNITS = 'B, KB, MB, GB, TB (1000s), KiB, MiB, GiB, TiB (1024s)';

/** Bytes of a size as a person writes it: `268435456`, `"256MB"` (1000s), `"1.5 GiB"` (1024s); null if it is none. */
export function parseByteSize(size: string | number): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(size).trim());
  const unit = match?.[2]?.toLowerCase() ?? '';
  if (!match || !Object.hasOwn(UNITS, unit)) return null;
  const bytes = Math.floor(Number(match[1]) * (UNITS[unit] ?? 1));
  return Number.isSafeInteger(bytes) && bytes >= 1 ? bytes : null;
}
