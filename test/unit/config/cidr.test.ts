import { describe, expect, it } from 'vitest';
import { cidrProblem } from '../../../lib/config/cidr.ts';

describe('cidrProblem', () => {
  it.each(['10.0.0.0/16', '10.255.255.192/26', '172.31.0.0/20', '192.168.4.0/22', '100.64.0.0/16'])(
    'takes %s',
    (cidr) => {
      expect(cidrProblem(cidr)).toBeNull();
    },
  );

  it.each([
    ['10.0.0.0', 'is no range of IPv4 addresses'],
    ['10.0.0/24', 'is no range of IPv4 addresses'],
    ['10.0.0.256/24', 'is no range of IPv4 addresses'],
    ['10.0.0.0/33', 'is no range of IPv4 addresses'],
    ['fd00::/56', 'is no range of IPv4 addresses'],
    ['10.0.0.0/15', 'is larger than a VPC can be'],
    ['10.0.0.0/27', 'is too small for four subnets'],
    ['8.8.8.0/24', 'is not private'],
    ['172.32.0.0/16', 'is not private'],
  ])('refuses %s', (cidr, message) => {
    expect(cidrProblem(cidr)?.message).toBe(message);
  });

  it('tells the first address of a range that begins elsewhere', () => {
    expect(cidrProblem('10.1.2.3/20')).toEqual({
      message: 'does not begin at its first address',
      hint: 'Write 10.1.0.0/20.',
    });
  });
});
