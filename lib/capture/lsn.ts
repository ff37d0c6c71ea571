/** Positions in the log (LSN) as numbers; PostgreSQL writes them `16/B374D848`. */

/** The number of a position. Throws `RangeError` for anything else. */
export function parseLsn(text: string): bigint {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (!match) throw new RangeError(`not a position in the log: ${JSON.stringify(text)}`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

/** The text of a position. */
export function formatLsn(lsn: bigint): string {
  const part = (value: bigint): string => value.toString(16).toUpperCase();
  return `${part(lsn >> 32n)}/${part(lsn & 0xffff_ffffn)}`;
}

const PAGE_BYTES = 8192n;
/** Sizes of the header that begins a page, and of the longer one that begins a segment. */
const HEADERS = [24n, 40n];

/**
 * Where the last record ends when `insert` is where the next may begin. Between them lies the header of a page if the
 * record filled its page, and a reader of records never gets to stand behind that header.
 */
export function endOfLog(insert: bigint): bigint {
  const offset = insert % PAGE_BYTES;
  return HEADERS.includes(offset) ? insert - offset : insert;
}
