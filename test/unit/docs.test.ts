import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { sourceFiles } from '../helpers/import-lines.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const documents = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.md')),
];

describe('the documents', () => {
  it('link to files that exist', () => {
    const broken = documents.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .map(([, link]) => join(dirname(file), link!))
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `${file}: ${path}`),
    );

    expect(broken).toEqual([]);
  });

  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = documents.flatMap((file) =>
      [...read(file).matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, name]) => name!),
    );

    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe('README.md', () => {
  const blocks = [...read('README.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);

  it('shows a configuration of five lines, and only configurations that are valid', () => {
    expect(blocks[0]!.trim().split('\n')).toHaveLength(5);
    expect(blocks.map((text) => parseConfig(text, { baseDir: root }).warnings)).toEqual(blocks.map(() => []));
  });

  it('tells every exit code as docs/cli.md does', () => {
    const codes = (file: string): string[] =>
      [...read(file).matchAll(/^\| (\d+) \|/gm)].map(([, code]) => code!);

    expect(codes('README.md')).toEqual(codes('docs/cli.md'));
  });
});

describe('CONTRIBUTING.md', () => {
  it('names every fault point of the code and no other', () => {
    const rows = [...read('CONTRIBUTING.md').matchAll(/^\| [a-z]+ \| (`[a-z]+\.[a-z-]+`.*) \|$/gm)];
    const named = rows.flatMap(([, cell]) => {
      const names = [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
      const family = names[0]!.split('.')[0]!;
      return names.map((name) => (name.startsWith('.') ? family + name : name));
    });
    const used = sourceFiles(root, ['lib']).flatMap((file) =>
      [...read(file).matchAll(/\bat\('([a-z]+\.[a-z-]+)'\)/g)].map(([, name]) => name!),
    );

    expect(named.sort()).toEqual([...new Set(used)].sort());
  });
});
