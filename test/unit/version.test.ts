import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../bin/program.ts';
import { VERSION } from '../../lib/version.ts';
import { sourceFiles } from '../helpers/import-lines.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  description: string;
};

describe('the version', () => {
  it('and the description are those of package.json', () => {
    const program = createProgram(() => {
      throw new Error('no command was run');
    });

    expect(VERSION).toBe(packageJson.version);
    expect(program.version()).toBe(packageJson.version);
    expect(program.description()).toBe(packageJson.description);
  });

  it('is read from package.json by no module, so that no bundle has to carry that file', () => {
    const importing = sourceFiles(root, ['lib', 'bin', 'lambda']).filter((file) =>
      /from '[./]*package\.json'/.test(readFileSync(join(root, file), 'utf8')),
    );

    expect(importing).toEqual([]);
  });
});
