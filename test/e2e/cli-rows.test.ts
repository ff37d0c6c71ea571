import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, parseLines, type Project, SAMPLES } from './cli-process.ts';

const CONFIG = `
name: shop
tables:
  - {name: orders, keys: [order id]}
`;

interface SampleRow {
  readonly [column: string]: string | boolean | null;
}

/** The last change of each key of the sample files, by commit time and sequence. */
async function lastChanges(): Promise<Map<string, SampleRow>> {
  const text = await readFile(join(SAMPLES, 'rows.ndjson'), 'utf8');
  const rows = parseLines(text) as unknown as SampleRow[];
  const order = (row: SampleRow): string => `${row.tx_commit_time} ${row.change_seq}`;
  const sorted = rows.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  return new Map(sorted.map((row) => [String(row['order id']), row]));
}

/** A sample row as docs/ndjson.md says it is printed. */
function asPrinted(row: SampleRow): Record<string, unknown> {
  return {
    'order id': row['order id'],
    qty: row.qty === null ? null : Number(row.qty),
    amount: row.amount,
    Näme: row.Näme,
    created_at: row.created_at,
    birth: row.birth,
    active: row.active,
    score: row.score === null || row.score === 'NaN' ? row.score : Number(row.score),
    uid: row.uid,
  };
}

const byKey = (rows: readonly Record<string, unknown>[]) =>
  new Map(rows.map((row) => [String(row['order id']), row]));

describe('rows of a history on the command line', { timeout: 60_000 }, () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject(CONFIG);
    await project.put('files/orders_incoming', 'v2-delta');
    expect(await project.run(['ingest'])).toMatchObject({ code: 0 });
  });
  afterAll(() => project.remove());

  it('prints the last change of every key that was not deleted, value by value', async () => {
    const { code, stdout } = await project.run(['snapshot', 'orders', '--format', 'ndjson']);

    const expected = [...(await lastChanges()).values()].filter((row) => row.Op !== 'D').map(asPrinted);
    expect(code).toBe(0);
    expect(expected.some((row) => row.score === 'NaN')).toBe(true);
    expect(byKey(parseLines(stdout))).toEqual(byKey(expected));
  });

  it('keeps the columns of a history in table order, its instants with microseconds and Z', async () => {
    const { stdout } = await project.run(['history', 'orders', '--format', 'ndjson']);

    const last = await lastChanges();
    const rows = parseLines(stdout);
    const instant = (row: SampleRow): string => `${String(row.tx_commit_time).replace(' ', 'T')}Z`;
    expect(rows.map((row) => Object.keys(row))).toEqual(
      rows.map(() => [
        ...['order id', 'qty', 'amount', 'Näme', 'created_at', 'birth', 'active', 'score', 'uid', 'current'],
        ...['effective_date', 'end_date', 'effective_seq', 'end_seq', 'seen_date', 'seen_seq', 'batch_id'],
      ]),
    );
    expect(
      byKey(
        rows.map((row) => ({
          ...asPrinted(row as SampleRow),
          current: row.current,
          from: row.effective_date,
          to: row.end_date,
        })),
      ),
    ).toEqual(
      byKey(
        [...last.values()].map((row) => ({
          ...asPrinted(row),
          current: row.Op !== 'D',
          from: instant(row),
          to: row.Op === 'D' ? instant(row) : null,
        })),
      ),
    );
  });

  it('prints int64 and decimal as strings, smaller integers and doubles as numbers', async () => {
    const { stdout } = await project.run([
      ...['history', 'orders', '--format', 'ndjson'],
      ...['--key', 'order id=9007199254740994'],
    ]);

    expect(stdout).toMatch(
      /^\{"order id":"9007199254740994","qty":1165317324,"amount":"-6719022\.6732","Näme":"","created_at":"2035-10-02 19:41:00\.522956","birth":null,"active":true,"score":771326\.9672790025,"uid":"0797853c64dcaae55ae6257cee2ddc09","current":true,"effective_date":"2026-01-01T12:00:03\.293212Z","end_date":null,.*"batch_id":"1"\}\n$/,
    );
  });

  it('prints csv with null as nothing and an empty text as ""', async () => {
    const { stdout } = await project.run(['snapshot', 'orders', '--format', 'csv']);

    const lines = stdout.split('\n');
    expect(lines[0]).toBe('order id,qty,amount,Näme,created_at,birth,active,score,uid');
    expect(lines.find((line) => line.startsWith('9007199254740994,'))).toBe(
      '9007199254740994,1165317324,-6719022.6732,"",2035-10-02 19:41:00.522956,,true,771326.9672790025,0797853c64dcaae55ae6257cee2ddc09',
    );
  });

  it('keeps results on stdout and the rest on stderr, and --quiet leaves the rest out', async () => {
    const args = ['versions', 'orders', '--key', 'order id=9007199254740994'];
    const [loud, quiet] = await Promise.all([project.run(args), project.run(['--quiet', ...args])]);

    expect(loud.stderr).toBe('1 row\n');
    expect(loud.stdout).not.toContain('\u001b');
    expect(quiet).toEqual({ ...loud, stderr: '' });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const { child, ended } = project.start(['history', 'orders', '--format', 'csv']);
    child.stdout?.destroy();
    await once(child, 'close');

    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it.each([
    [['history', 'ordrs'], 'error UNKNOWN_TABLE: No table is called "ordrs". Did you mean "orders"?\n'],
    [['histry', 'orders'], "error USAGE: unknown command 'histry'\n(Did you mean history?)\n"],
    [
      ['snapshot', 'orders', '--as-of', '2026-01-31T12:00'],
      'error INSTANT_INVALID: "2026-01-31T12:00" has no zone, so it names no instant.',
    ],
    [
      ['history', 'orders', '--key', 'id=secret'],
      'error KEY_UNKNOWN: Table orders: "id" is not a key column.',
    ],
    [
      ['history', 'orders', '--key', 'order id=secret'],
      'error KEY_INVALID: Table orders: what is given for key "order id"',
    ],
  ])('refuses %j with 2, one line and no value', async (args, message) => {
    const { code, stdout, stderr } = await project.run(args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr).not.toContain('secret');
  });
});
