import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderSourcesDoc } from '../../../lib/sources/render-sources-doc.ts';
import { SOURCES } from '../../../lib/sources/sources.ts';

describe('docs/sources.md', () => {
  const text = readFileSync(new URL('../../../docs/sources.md', import.meta.url), 'utf8');

  it('is what npm run docs:sources writes', () => {
    expect(text).toBe(renderSourcesDoc());
  });

  it('has a heading for every link within it', () => {
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!.toLowerCase().replaceAll(' ', '-'),
    );
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link!);

    expect(links).toHaveLength(Object.keys(SOURCES).length);
    expect(links.filter((link) => !headings.includes(link))).toEqual([]);
  });
});
