import { afterEach, describe, expect, it } from 'vitest';
import { maintain } from '../../../lib/catalog/maintain.ts';
import { TransientError } from '../../../lib/errors.ts';
import { LEDGER_TABLES } from '../../../lib/ledger/ledger-tables.ts';
import { closeLabs, openLab } from './catalog-lab.ts';
import { type Script, scriptedUnity, unityConfig } from './scripted-unity.ts';

afterEach(closeLabs);

const TABLES = '{name: customer, keys: [id]}\n{name: orders, keys: [id]}';
const ledger = Object.fromEntries(LEDGER_TABLES.map(({ name, columns }) => [name, columns]));

/** A clock that goes on by a quarter of a second each time it is looked at. */
function slowClock() {
  let quarters = 0;
  return {
    now: () =>
      `2024-05-01T00:00:${String(Math.floor(quarters++ / 4)).padStart(2, '0')}.${['00', '25', '50', '75'][(quarters - 1) % 4]}0000Z`,
  };
}

async function run(
  script: Script,
  {
    lines = [],
    dryRun = false,
    named = [],
  }: { lines?: readonly string[]; dryRun?: boolean; named?: readonly string[] } = {},
) {
  const { engine, executed } = scriptedUnity(script);
  const config = unityConfig(TABLES, lines);
  const tables = config.tables.filter(({ name }) => named.length === 0 || named.includes(name));
  const results = await maintain(
    { config, engine, clock: slowClock() },
    { tables, withLedger: named.length === 0, dryRun },
  );
  return { results, executed };
}

describe('maintain, by a scripted warehouse', () => {
  it('optimizes and vacuums every history that is there, and the ledger', async () => {
    const { executed } = await run({ tables: { ...ledger, customer: [] } });

    expect(executed).toEqual(
      ['customer', ...LEDGER_TABLES.map(({ name }) => name)].flatMap((name) => [
        `optimize \`main\`.\`crm\`.\`${name}\``,
        `vacuum \`main\`.\`crm\`.\`${name}\` retain 168 hours`,
      ]),
    );
  });

  it('does what the configuration says', async () => {
    const tables = { customer: [], orders: [] };
    const kept = await run({ tables }, { lines: ['maintenance: {optimize: false, retentionHours: 720}'] });
    const nothing = await run({ tables }, { lines: ['maintenance: {optimize: false, vacuum: false}'] });

    expect(kept.executed).toEqual([
      'vacuum `main`.`crm`.`customer` retain 720 hours',
      'vacuum `main`.`crm`.`orders` retain 720 hours',
    ]);
    expect(nothing).toEqual({ results: [], executed: [] });
  });

  it('leaves the other tables and the ledger alone when one is named', async () => {
    const { executed } = await run(
      { tables: { ...ledger, customer: [], orders: [] } },
      { named: ['orders'] },
    );

    expect(executed).toEqual([
      'optimize `main`.`crm`.`orders`',
      'vacuum `main`.`crm`.`orders` retain 168 hours',
    ]);
  });

  it('says what each statement did, and goes on after one that failed', async () => {
    const conflict = new TransientError('WRITE_CONFLICT', 'Two writers met. Run again.');
    const { results } = await run(
      {
        tables: { customer: [], orders: [] },
        refuse: (sql) => (sql === 'optimize `main`.`crm`.`customer`' ? conflict : null),
        answer: (sql) =>
          sql.startsWith('optimize') ? { metrics: { numFilesAdded: 1, numFilesRemoved: 40 } } : {},
      },
      { lines: ['maintenance: {vacuum: false}'] },
    );

    expect(results).toEqual([
      {
        table: 'customer',
        does: 'optimize',
        sql: 'optimize `main`.`crm`.`customer`',
        done: false,
        seconds: null,
        metrics: null,
        error: conflict,
      },
      {
        table: 'orders',
        does: 'optimize',
        sql: 'optimize `main`.`crm`.`orders`',
        done: true,
        seconds: 0.25,
        metrics: { numFilesAdded: 1, numFilesRemoved: 40 },
        error: null,
      },
    ]);
  });

  it('executes nothing in a dry run', async () => {
    const { results, executed } = await run({ tables: { customer: [] } }, { dryRun: true });

    expect(executed).toEqual([]);
    expect(results.map(({ sql, done }) => [sql, done])).toEqual([
      ['optimize `main`.`crm`.`customer`', false],
      ['vacuum `main`.`crm`.`customer` retain 168 hours', false],
    ]);
  });
});

describe('maintain on an embedded engine', () => {
  it('writes the log of changes into the database file', async () => {
    const lab = await openLab(TABLES);
    await lab.setup();
    const { tables } = lab.ws.config;
    const walSize = 'select wal_size from pragma_database_size()';
    const before = await lab.query(walSize);

    const results = await maintain(lab.ws, { tables, withLedger: true, dryRun: false });

    expect(results).toMatchObject([
      { table: null, does: 'checkpoint', sql: 'checkpoint', done: true, error: null },
    ]);
    expect(before).not.toEqual([['0 bytes']]);
    expect(await lab.query(walSize)).toEqual([['0 bytes']]);
  });
});
