import { TerminalError } from '../errors.ts';
import { instantToMicros, microsToInstant } from '../instant.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

const EXAMPLE = 'Write for instance 2026-01-31T12:00:00Z, 2026-01-31T14:00:00.000001+02:00 or 2026-01-31.';

/** First and last instant that the text form can hold. */
const FIRST = instantToMicros('0001-01-01T00:00:00.000000Z');
const LAST = instantToMicros('9999-12-31T23:59:59.999999Z');

/**
 * Reads an instant as a person writes it, ISO 8601 with a zone (any offset, up to microseconds), or a date, which means
 * midnight UTC. Returns `YYYY-MM-DDTHH:MM:SS.ffffffZ`. Throws `TerminalError` INSTANT_INVALID.
 */
export function parseInstant(text: string): string {
  const trimmed = text.trim();
  if (DATE.test(trimmed)) return microsToInstant(midnight(trimmed, text));
  const match = INSTANT.exec(trimmed);
  if (!match) throw invalid(text, 'is not an ISO 8601 instant');
  const [, date, hour, minute, second = '00', fraction = '', zone] = match;
  if (zone === undefined) throw invalid(text, 'has no zone, so it names no instant. Add Z or an offset');
  if (fraction.length > 6) throw invalid(text, 'is finer than a microsecond');
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    throw invalid(text, 'has no such time of day');
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const micros =
    midnight(date!, text) +
    BigInt(seconds) * 1_000_000n +
    BigInt(fraction.padEnd(6, '0')) -
    offset(zone, text);
  if (micros < FIRST || micros > LAST) throw invalid(text, 'lies outside the years 0001 to 9999');
  return microsToInstant(micros);
}

/** Microseconds since 1970 at which a date begins in UTC. */
function midnight(date: string, text: string): bigint {
  const ms = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes the 30th of February for a day in March.
  const exists = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(date);
  if (!exists || date.startsWith('0000')) throw invalid(text, 'names a day that does not exist');
  return BigInt(ms) * 1000n;
}

function offset(zone: string, text: string): bigint {
  if (zone.toUpperCase() === 'Z') return 0n;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 18 || minutes > 59) throw invalid(text, `has no such zone as ${zone}`);
  const micros = BigInt(hours * 60 + minutes) * 60_000_000n;
  return zone.startsWith('-') ? -micros : micros;
}

function invalid(text: string, problem: string): TerminalError {
  return new TerminalError('INSTANT_INVALID', `${JSON.stringify(text)} ${problem}. ${EXAMPLE}`);
}
