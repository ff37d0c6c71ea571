/**
 * Makes the server's text of a value the text that goes into a file. Calls `lossy` where the file's type cannot hold
 * the value and gets the nearest it can, or null.
 */
export type Fit = (text: string, lossy: () => void) => string | null;

/** DMS has no boolean for a PostgreSQL source: five characters. */
export const fitBoolean: Fit = (text) => (text === 't' ? 'true' : 'false');

/** `\x00ff` of `bytea_output = hex`. */
export const fitBytes: Fit = (text) => text.slice(2);

/** `-$1,234.56` of `lc_monetary = C`. */
export const fitMoney: Fit = (text) => text.replace(/[$,]/g, '');

/**
 * A numeric as a decimal: digits too many after the point are cut off; what has too many before it, NaN and infinities
 * become null.
 */
export function fitDecimal(precision: number, scale: number): Fit {
  const whole = precision - scale;
  return (text, lossy) => {
    const match = /^(-?)0*(\d*)(?:\.(\d*))?$/.exec(text);
    if (!match || match[2]!.length > whole) {
      lossy();
      return null;
    }
    const fraction = match[3] ?? '';
    if (fraction.length <= scale) return text;
    if (/[1-9]/.test(fraction.slice(scale))) lossy();
    return `${match[1]}${match[2] || '0'}.${fraction.slice(0, scale)}`;
  };
}

/** A year of four digits after Christ, as every reader of the files has it. */
const ORDINARY = /^\d{4}-.*(?<! BC)$/;

/** A date outside the years 1 to 9999, or an infinity, becomes the first or the last day of them. */
export const fitDate: Fit = (text, lossy) => bounded(text, lossy, '0001-01-01', '9999-12-31');

/** The end of the day, which no reader of the files has, becomes the last microsecond before it. */
export const fitTime: Fit = (text, lossy) => {
  if (!text.startsWith('24')) return text;
  lossy();
  return '23:59:59.999999';
};

/** As a date; its zone, where it has one, is UTC. */
export const fitTimestamp: Fit = (text, lossy) =>
  bounded(text, lossy, '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999');

function bounded(text: string, lossy: () => void, first: string, last: string): string {
  if (ORDINARY.test(text)) return text;
  lossy();
  return text.startsWith('-') || text.endsWith(' BC') ? first : last;
}
