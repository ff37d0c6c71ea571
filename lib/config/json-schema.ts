import { z } from 'zod';
import { configSchema } from './schema.ts';

/**
 * The text of `tidemark.schema.json`, by which editors complete and check a configuration. Draft 7, which editors'
 * YAML support understands best. Checks that need more than one field are left to `tidemark validate`.
 */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-07', io: 'input' });
  return `${JSON.stringify({ title: 'Tidemark configuration', ...schema }, null, 2)}\n`;
}
