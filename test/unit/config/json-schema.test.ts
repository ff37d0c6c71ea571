import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parse } from 'yaml';
import { initConfigText } from '../../../lib/config/init-template.ts';
import { renderJsonSchema } from '../../../lib/config/json-schema.ts';
import { uncomment } from './uncomment.ts';

const committed = readFileSync(new URL('../../../tidemark.schema.json', import.meta.url), 'utf8');

describe('tidemark.schema.json', () => {
  it('is what the schema says now (else run: npx tsx bin/write-json-schema.ts)', () => {
    expect(committed).toBe(renderJsonSchema());
  });

  it('describes every field', () => {
    const fields = fieldsOf(JSON.parse(committed), '');

    expect(fields.length).toBeGreaterThan(60);
    expect(fields.filter(({ description }) => !description)).toEqual([]);
  });

  it('accepts the starter configuration with every setting in it, and refuses an unknown field', () => {
    const schema = z.fromJSONSchema(JSON.parse(committed));
    for (const engine of ['duckdb', 'databricks'] as const) {
      const value = parse(uncomment(initConfigText('shop', undefined, engine)));

      expect(schema.safeParse(value).error).toBeUndefined();
      expect(schema.safeParse({ ...value, tabels: [] }).success).toBe(false);
    }
  });
});

function fieldsOf(node: unknown, path: string): { path: string; description: unknown }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const inner = fieldsOf(value, `${path}/${key}`);
    if (key !== 'properties') return inner;
    const own = Object.entries(value as Record<string, { description?: unknown }>);
    return [
      ...own.map(([name, field]) => ({ path: `${path}/${name}`, description: field.description })),
      ...inner,
    ];
  });
}
