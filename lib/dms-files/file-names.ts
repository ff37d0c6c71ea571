/** The n-th full-load file of a table, from 1. The counter is upper-case hexadecimal. */
export function loadFileName(n: number): string {
  return `LOAD${n.toString(16).toUpperCase().padStart(8, '0')}.parquet`;
}

/** The file of captured changes that was cut at an instant (`YYYY-MM-DDTHH:MM:SS.ffffffZ`), down to the millisecond. */
export function cdcFileName(cutAt: string): string {
  const digits = cutAt.replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 17)}.parquet`;
}

/** Change sequence of a commit's n-th change: sixteen digits of time, nineteen of a counter that never starts over. */
export function changeSequence(committedAt: string, counter: bigint): string {
  return committedAt.replace(/\D/g, '').slice(0, 16) + counter.toString().padStart(19, '0');
}
