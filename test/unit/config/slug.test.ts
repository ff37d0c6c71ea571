import { expect, it } from 'vitest';
import { slug } from '../../../lib/config/slug.ts';

it.each([
  ['Großhandel Süd', 'gro-handel-sud'],
  ['  a__b.c  ', 'a-b-c'],
  ['CustomerOrders', 'customerorders'],
  ['ﬁnance№1', 'financeno1'],
  ['İstanbul', 'istanbul'],
  ['名前', ''],
  ['-', ''],
  ['', ''],
])('slug(%j) is %j', (name, expected) => {
  expect(slug(name)).toBe(expected);
});
