import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderJsonSchema } from '../../../lib/config/json-schema.ts';
import { DATABRICKS_FIELDS } from '../../../lib/config/schema-engine.ts';

interface SchemaNode {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

const docs = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

describe('the settings of a Databricks engine in docs/cli.md', () => {
  it('are those of the schema, in its order, with its defaults', () => {
    const schema = JSON.parse(renderJsonSchema()) as SchemaNode;
    const engine = schema.properties?.engine?.properties ?? {};

    expect(documented()).toEqual(DATABRICKS_FIELDS.flatMap((name) => leaves(name, engine[name] ?? {})));
  });
});

function leaves(path: string, node: SchemaNode): [string, string][] {
  const inner = Object.entries(node.properties ?? {});
  if (inner.length > 0) return inner.flatMap(([name, field]) => leaves(`${path}.${name}`, field));
  const text = typeof node.default === 'string' ? node.default : JSON.stringify(node.default);
  return [[path, text === undefined ? '–' : `\`${text}\``]];
}

/** First and last cell of each row. */
function documented(): [string, string][] {
  const section = docs.split('\n## ').find((text) => text.startsWith('A Databricks engine\n')) ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|.*\| ([^|]+) \|$/gm)].map((row) => [
    row[1] ?? '',
    row[2] ?? '',
  ]);
}
