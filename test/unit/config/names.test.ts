import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../lib/config/names.ts';

describe('nearestName', () => {
  const known = ['name', 'keys', 'history', 'targetSchema', 'maxBytes'];

  it.each([
    ['histroy', 'history'],
    ['nmae', 'name'],
    ['kyes', 'keys'],
    ['Keys', 'keys'],
    ['key', 'keys'],
    ['target_schema', 'targetSchema'],
    ['max-bytes', 'maxBytes'],
    ['password', null],
    ['x', null],
    ['', null],
    ['__proto__', null],
  ])('finds for %j %j', (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });
});
