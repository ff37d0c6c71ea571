import type { Holder } from '../../lib/operations/unlock.ts';
import { humanInstant } from './human.ts';
import { visible } from './visible.ts';

/**
 * Who has a table, in a line.
 *
 * @param unlocked the table was taken from him just now
 */
export function describeHolder(holder: Holder | null, unlocked: boolean): string {
  if (holder === null) return 'nobody has it';
  const { claim, host, pid, since, until } = holder;
  const who = host === null ? 'an unknown process' : `process ${pid} on ${visible(host)}`;
  const from = since === null ? '' : `, since ${humanInstant(since)}`;
  return unlocked
    ? `taken from ${who}, which had it by claim ${claim}${from}`
    : `${who} has it by claim ${claim}${from}, until ${humanInstant(until)}`;
}
