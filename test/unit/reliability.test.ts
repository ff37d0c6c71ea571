import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Numbers of rows that a title names: `row 9: …`, `rows 3, 14 and 17: …`, `rows 7 to 9: …`. */
function rowsNamed(title: string): number[] {
  const [, named = ''] = /^rows? ([\d, toand]+): /.exec(title) ?? [];
  const [, first, last] = /^(\d+) to (\d+)$/.exec(named) ?? [];
  if (first === undefined) return [...named.matchAll(/\d+/g)].map(([number]) => Number(number));
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => Number(first) + n);
}

describe('docs/reliability.md', () => {
  it('has a test for each row, named after it', () => {
    const text = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');
    const rows = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
    const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
    const tested = new Set<number>();
    for (const file of files.filter((name) => name.endsWith('.test.ts'))) {
      const source = readFileSync(join(ROOT, 'test', file), 'utf8');
      for (const [, title] of source.matchAll(/^\s*(?:it\(|describe\()?\s*['"`](rows? \d[^'"`\n]*)/gm)) {
        for (const row of rowsNamed(title!)) tested.add(row);
      }
    }

    expect(rows).toEqual(Array.from({ length: 18 }, (_, n) => n + 1));
    expect(rows.filter((row) => !tested.has(row))).toEqual([]);
  });
});
