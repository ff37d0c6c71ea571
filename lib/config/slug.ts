/**
 * A name as lower-case ASCII letters, digits and single dashes, neither first nor last: accents are dropped, all else
 * becomes a dash. Two names may give the same, and a name without a letter or digit gives an empty text.
 */
export function slug(part: string): string {
  return part
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
