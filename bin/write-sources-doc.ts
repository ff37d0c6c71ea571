import { writeFileSync } from 'node:fs';
import { renderSourcesDoc } from '../lib/sources/render-sources-doc.ts';

writeFileSync(new URL('../docs/sources.md', import.meta.url), renderSourcesDoc());
