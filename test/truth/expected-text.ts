/**
 * What the history says of a value, by the server's own text of it: the table of types of docs/capture.md, said once more
 * and independently. Null stays null.
 */
export function expectedText(type: string, text: string | null): string | null {
  if (text === null) return null;
  switch (type) {
    case 'boolean':
      return text === 't' ? 'true' : 'false';
    case 'numeric(38,18)':
    case 'price':
      return text === 'NaN' ? null : text;
    case 'numeric':
      return unboundedNumeric(text);
    case 'money':
      return `${text.replace(/[$,]/g, '')}00`;
    case 'date':
      return withinYears(text, '0001-01-01', '9999-12-31');
    case 'time':
      return text === '24:00:00' ? '23:59:59.999999' : micros(text);
    case 'timestamp':
      return micros(withinYears(text, '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999'));
    case 'timestamptz': {
      const utc = text.replace(/\+00( BC)?$/, '$1');
      const bounded = withinYears(utc, '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999');
      return `${micros(bounded).replace(' ', 'T')}Z`;
    }
    case 'bytea':
      return text.slice(2);
    case 'real':
      return number(text, 'float');
    case 'double precision':
      return number(text, 'double');
    default:
      return text;
  }
}

/** Of the many spellings of a number of the machine the one that JavaScript has. Zero has no sign. */
export function number(text: string, kind: 'float' | 'double'): string {
  const value = Number(text) + 0;
  return String(kind === 'float' ? Math.fround(value) : value);
}

/** DMS's numeric(28,6): what does not fit before the point is null, further digits after it are cut off. */
function unboundedNumeric(text: string): string | null {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || whole.length > 22) return null;
  const cut = `${whole}.${fraction.padEnd(6, '0').slice(0, 6)}`;
  return /[1-9]/.test(cut) ? `${sign}${cut}` : cut;
}

function withinYears(text: string, first: string, last: string): string {
  if (text === '-infinity' || text.endsWith(' BC')) return first;
  return text === 'infinity' || /^\d{5,}-/.test(text) ? last : text;
}

function micros(text: string): string {
  const [whole, fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(6, '0')}`;
}
