import { describe, expect, it } from 'vitest';
import { placeTagging } from '../../../lib/storage/s3/place-tagging.ts';

const tags = (count: number) => Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: `v${i}` }));

const read = (tagging: string): Record<string, string> => Object.fromEntries(new URLSearchParams(tagging));

describe('placeTagging', () => {
  it('adds the place to what a file has', () => {
    expect(placeTagging([{ Key: 'team', Value: 'a + b=c/ä' }], 'rejected')).toBe(
      'team=a+%2B+b%3Dc%2F%C3%A4&tidemark-place=rejected',
    );
  });

  it('replaces the place that a file had, and takes it away on the way back', () => {
    const own = [
      { Key: 'tidemark-place', Value: 'rejected' },
      { Key: 'team', Value: 'sales' },
    ];

    expect(read(placeTagging(own, 'processed'))).toEqual({ team: 'sales', 'tidemark-place': 'processed' });
    expect(read(placeTagging(own, 'incoming'))).toEqual({ team: 'sales' });
  });

  it('keeps ten tags of its own and does without the place then', () => {
    expect(Object.keys(read(placeTagging(tags(9), 'processed')))).toHaveLength(10);
    expect(read(placeTagging(tags(10), 'processed'))).toEqual(read(placeTagging(tags(10), 'incoming')));
  });

  it('does not try to set tags that only AWS may set', () => {
    expect(placeTagging([{ Key: 'aws:cloudformation:stack-name', Value: 'x' }], 'incoming')).toBe('');
  });
});
