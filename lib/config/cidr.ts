const HINT = 'For instance 10.90.0.0/24.';

/** Largest and smallest VPC: four subnets in two zones must fit, and a VPC has at most 65,536 addresses. */
const BITS = { fewest: 16, most: 26 };

/** What is wrong with the addresses of a new VPC; null when nothing is. */
export function cidrProblem(text: string): { message: string; hint: string } | null {
  const [, address = '', bits = ''] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text) ?? [];
  const bytes = address.split('.').map(Number);
  if (address === '' || bytes.some((byte) => byte > 255) || Number(bits) > 32) {
    return { message: 'is no range of IPv4 addresses', hint: HINT };
  }
  if (Number(bits) < BITS.fewest || Number(bits) > BITS.most) {
    const message =
      Number(bits) < BITS.fewest ? 'is larger than a VPC can be' : 'is too small for four subnets';
    return { message, hint: `Use /${BITS.fewest} to /${BITS.most}. ${HINT}` };
  }
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - Number(bits));
  if (number % size === 0) return isPrivate(number) ? null : { message: 'is not private', hint: HINT };
  const first = number - (number % size);
  const start = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
  return { message: 'does not begin at its first address', hint: `Write ${start}/${bits}.` };
}

/** @see https://www.rfc-editor.org/rfc/rfc1918, and 100.64.0.0/10 of RFC 6598 */
function isPrivate(address: number): boolean {
  const within = (first: number, bits: number) =>
    Math.floor(address / 2 ** (32 - bits)) === first / 2 ** (32 - bits);
  const at = (a: number, b: number) => (a * 256 + b) * 65_536;
  return (
    within(at(10, 0), 8) || within(at(172, 16), 12) || within(at(192, 168), 16) || within(at(100, 64), 10)
  );
}
