import { writeFileSync } from 'node:fs';
import { renderJsonSchema } from '../lib/config/json-schema.ts';

writeFileSync(new URL('../tidemark.schema.json', import.meta.url), renderJsonSchema());
