import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readAllImports, readImports, sourceFiles } from '../helpers/import-lines.ts';
import { findCircle, forbiddenImports, parseRoomTable, roomOf } from '../helpers/room-table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = ['lib', 'bin', 'lambda', 'examples', 'bench'];
const table = parseRoomTable(readFileSync(join(root, 'docs/architecture.md'), 'utf8'));
const imports = readAllImports(root, folders);

describe('the table of rooms in docs/architecture.md', () => {
  it('names every room that there is and no other', () => {
    const named = table.rooms.map(({ name }) => name).sort();

    expect(named).toEqual([...new Set(sourceFiles(root, folders).map(roomOf))].sort());
  });

  it('allows every import line', () => {
    expect(forbiddenImports(table, imports)).toEqual([]);
  });

  it('names no room as a neighbour that does not exist', () => {
    const names = table.rooms.map(({ name }) => name);
    const neighbours = table.rooms.flatMap(({ rooms, types }) => [...(rooms ?? []), ...types]);

    expect(neighbours.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('rooms', () => {
  it('do not import each other in a circle', () => {
    expect(findCircle(imports, table.open)).toBeNull();
  });

  const handlers = sourceFiles(root, ['lambda']);
  if (handlers.length > 0) {
    it('keep every function of lambda/ under 40 lines', () => {
      const long = handlers.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 40);

      expect(long).toEqual([]);
    });
  }
});

describe('the check of import lines', () => {
  const rules = parseRoomTable(
    [
      'Open to every room: `lib/errors.ts`.',
      '',
      '| room | its one job | may import | from outside |',
      '|---|---|---|---|',
      '| `bin/` | calls | anything | anything |',
      '| `lib/a/` | pure | `lib/b`, types of `lib/c` | `pg`, `node:fs` |',
      '| `lib/b/`, `lib/c/` | leaves | – | `node:*` |',
      '| `lib/errors.ts` | errors | – | – |',
    ].join('\n'),
  );
  const check = (file: string, text: string): string[] => forbiddenImports(rules, readImports(file, text));

  it('allows what the table allows', () => {
    const text = [
      "import { b } from '../b/b.ts';",
      "import type { C } from '../c/c.ts';",
      "import { PipelineError } from '../errors.ts';",
      'import {',
      '  readFileSync,',
      "} from 'node:fs';",
      "import pg from 'pg/lib/defaults.js';",
      "export { own } from './own.ts';",
    ].join('\n');

    expect(check('lib/a/a.ts', text)).toEqual([]);
  });

  it('notices every kind of import that the table does not allow', () => {
    const text = [
      "import { c } from '../c/c.ts';",
      "export { main } from '../../bin/main.ts';",
      "import 'node:fs/promises';",
      "const lazy = await import('pgx');",
    ].join('\n');

    expect(check('lib/a/a.ts', text)).toEqual([
      'lib/a/a.ts imports lib/c/c.ts',
      'lib/a/a.ts imports bin/main.ts',
      'lib/a/a.ts imports node:fs/promises',
      'lib/a/a.ts imports pgx',
    ]);
  });

  it('allows a room that the table does not name nothing', () => {
    expect(check('lib/new/x.ts', "import { b } from '../b/b.ts';")).toEqual([
      'lib/new/x.ts imports lib/b/b.ts',
    ]);
  });

  it('finds a circle over several rooms, types included', () => {
    const circle = [
      ...readImports('lib/a/a.ts', "import { b } from '../b/b.ts';"),
      ...readImports('lib/b/b.ts', "import type { C } from '../c/c.ts';"),
      ...readImports('lib/c/c.ts', "import { a } from '../a/other.ts';"),
    ];

    expect(findCircle(circle, [])).toBe('lib/a > lib/b > lib/c > lib/a');
    expect(findCircle(circle, ['lib/c/c.ts'])).toBeNull();
  });
});

/** Files under version control or about to be; in a copy without git, every file but what was installed. */
function ownFiles(): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return listed.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
  } catch {
    return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => !/(^|[\\/])(node_modules|\.git)[\\/]/.test(file) && statSync(join(root, file)).isFile(),
    );
  }
}

type Packages = Record<
  string,
  {
    resolved?: string;
    integrity?: string;
    inBundle?: boolean;
    os?: string[];
    optionalDependencies?: Record<string, string>;
  }
>;

const MACHINES: readonly RegExp[] = [
  /(?<![\w.-])[/]work[/]/,
  /(?<![\w.-])[/](home|Users)[/][a-z][\w.-]*[/]/,
  /[/]tmp[/]bash_jobs/,
  /\bregistry\.[\w-]+\.(com|org|io|dev)\b/,
  /\b(localhost|127\.0\.0\.1):4873\b/,
  /\b([n]pmmirror|[v]erdaccio|[a]rtifactory|[j]frog|[s]onatype)\b/,
];

describe('the files of this repository', () => {
  it('name no path of a build machine and no host of a package registry', () => {
    const found = ownFiles()
      .filter((file) => !file.endsWith('.parquet'))
      .flatMap((file) =>
        readFileSync(join(root, file), 'utf8')
          .split('\n')
          .flatMap((line, at) =>
            MACHINES.some((machine) => machine.test(line)) ? [`${file}:${at + 1}`] : [],
          ),
      );

    expect(found).toEqual([]);
  });

  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Packages };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

  it('lock packages by version and hash, not by where one machine got them', () => {
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    // A package of another platform has no hash where the lock was written without it, one inside another has that's.
    expect(packages.filter(([, { integrity, inBundle, os }]) => !integrity && !inBundle && !os)).toEqual([]);
  });

  it('lock the packages of every platform (node .ci/complete-lock.mjs adds them)', () => {
    const names = new Set(packages.map(([path]) => path.slice(path.lastIndexOf('node_modules/'))));
    const wanted = packages.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));

    expect(wanted.filter((name) => !names.has(`node_modules/${name}`))).toEqual([]);
  });
});
