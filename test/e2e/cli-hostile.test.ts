import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../lib/config/column-type.ts';
import { change, cdcFileName, writeChangeFile } from '../helpers/change-files.ts';
import { createProject, type Project } from './cli-process.ts';

const TABLE = `o'br"ien -- select 🌊`;
const KEY = 'k=v';
const COLUMNS: readonly Column[] = [
  { name: '2', type: { kind: 'string' } },
  { name: KEY, type: { kind: 'string' } },
  { name: '__proto__', type: { kind: 'string' } },
  { name: '1', type: { kind: 'int', bits: 32 } },
  { name: 'a"b; drop table x', type: { kind: 'double' } },
  { name: 'current', type: { kind: 'string' } },
];
const CONFIG = JSON.stringify({
  name: 'shop',
  tables: [{ name: TABLE, keys: [KEY], historyColumns: { current: 'is_current' } }],
});

function row(key: string, at: string, values: readonly (string | null)[]) {
  const [two, proto, one, double, current] = values;
  const named = Object.fromEntries([
    ['2', two],
    [KEY, key],
    ['__proto__', proto],
    ['1', one],
    ['a"b; drop table x', double],
    ['current', current],
  ]);
  return { ...change({ op: 'U', at, seq: 1 }), values: named as Record<string, string | null> };
}

describe('names and values that mean something elsewhere', { timeout: 60_000 }, () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject(CONFIG);
    const incoming = join(project.dir, 'files', `${TABLE}_incoming`);
    await mkdir(incoming, { recursive: true });
    const first = row('=\u001b[31m', '10:00', ['\u0007日本', "'; drop", '1', 'NaN', 'yes']);
    const second = row('=\u001b[31m', '11:00', ['', null, '-2', '-Infinity', null]);
    await writeChangeFile(join(incoming, cdcFileName(1)), { columns: COLUMNS, changes: [first] });
    await writeChangeFile(join(incoming, cdcFileName(2)), { columns: COLUMNS, changes: [second] });
    const { code, stderr } = await project.run(['ingest', TABLE, '--max-files', '1']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
  afterAll(() => project.remove());

  it('come back as they are, in table order', async () => {
    const { code, stdout } = await project.run([
      ...['versions', TABLE, '--format', 'ndjson', '--key', `${KEY}==\u001b[31m`],
    ]);

    const key = `"k=v":"=\\u001b[31m"`;
    expect({ code, lines: stdout.split('\n') }).toEqual({
      code: 0,
      lines: [
        `{"2":"\\u0007日本",${key},"__proto__":"'; drop","1":1,"a\\"b; drop table x":"NaN","current":"yes","is_current":false,"effective_date":"2024-05-01T10:00:00.000000Z","end_date":"2024-05-01T11:00:00.000000Z"}`,
        `{"2":"",${key},"__proto__":null,"1":-2,"a\\"b; drop table x":"-Infinity","current":null,"is_current":true,"effective_date":"2024-05-01T11:00:00.000000Z","end_date":null}`,
        '',
      ],
    });
  });

  it('cannot speak to the terminal', async () => {
    const [table, life] = await Promise.all([
      project.run(['snapshot', TABLE]),
      project.run(['timeline', TABLE, '--key', `${KEY}==\u001b[31m`]),
    ]);

    expect(life.stdout.split('\n').slice(0, 6)).toEqual([
      `${TABLE}  k=v = =␛[31m`,
      '2 versions, times are UTC',
      '',
      '●  2024-05-01 10:00:00  inserted',
      '│    2                  ␇日本',
      "│    __proto__          '; drop",
    ]);
    expect(life.stdout).toContain('│    current            yes → ∅\n');
    expect(table.stdout).toContain('=␛[31m');
    expect(table.stdout + life.stdout).not.toMatch(/[\u0007\u001b]/);
  });

  it('name the folders they stand for', async () => {
    const { stdout } = await project.run(['paths', TABLE, '--json']);

    expect(JSON.parse(stdout)).toEqual({
      incoming: join(project.dir, 'files', `${TABLE}_incoming`),
      processed: join(project.dir, 'files', `${TABLE}_processed`),
      rejected: join(project.dir, 'files', `${TABLE}_rejected`),
    });
    expect(await project.files(`files/${TABLE}_processed`)).toEqual([
      `1/${cdcFileName(1)}`,
      `2/${cdcFileName(2)}`,
    ]);
  });
});
