import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyTable } from '../../../lib/operations/verify.ts';
import { cdcFileName, change } from '../../helpers/change-files.ts';
import { drainLakes, type Lake, openLake } from './lake.ts';

afterEach(drainLakes);

async function openHealthy(): Promise<Lake> {
  const lake = await openLake();
  await lake.write(cdcFileName(1), [
    change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' }),
    change({ op: 'I', at: '10:00', seq: 2, id: 2, name: 'Bob' }),
  ]);
  await lake.ingest();
  return lake;
}

/** Codes of the checks that found something, with how much. */
async function broken(lake: Lake): Promise<Record<string, number>> {
  const { healthy, checks } = await verifyTable(lake.ws, lake.table);
  const found = checks.filter((check) => check.broken > 0);
  expect(healthy).toBe(found.length === 0);
  return Object.fromEntries(found.map((check) => [check.code, check.broken]));
}

const sqlName = (lake: Lake, name: string) =>
  lake.ws.engine.dialect.tableName({ catalog: '', schema: lake.ws.config.schema, name });

describe('verifyTable', () => {
  it('finds nothing in a healthy table, and lists what it looked at', async () => {
    const lake = await openHealthy();
    await lake.reopen(undefined, { readOnly: true });

    const { checks, ...rest } = await verifyTable(lake.ws, lake.table);

    expect(rest).toEqual({ table: 'customer', healthy: true });
    expect(checks.map((check) => check.code)).toEqual([
      ...['HISTORY_PRESENT', 'ONE_CURRENT', 'CURRENT_IS_OPEN', 'END_IS_WHOLE', 'NOT_NEGATIVE', 'NO_OVERLAP'],
      ...[
        'UNIQUE_START',
        'KEYS_PRESENT',
        'SEEN_NOT_BEFORE',
        'BATCH_KNOWN',
        'VIEW_PRESENT',
        'PROCESSED_PRESENT',
      ],
      'APPLIED_NOT_REJECTED',
    ]);
  });

  it('takes a table that was never ingested for healthy', async () => {
    const lake = await openLake();

    expect(await broken(lake)).toEqual({});
  });

  it('counts what breaks an invariant', async () => {
    const lake = await openHealthy();
    await lake.ws.engine.execute(`update ${sqlName(lake, 'customer')} set current = false where id = 2`);
    await lake.ws.engine.execute(
      `insert into ${sqlName(lake, 'customer')} select * from ${sqlName(lake, 'customer')}`,
    );

    expect(await broken(lake)).toEqual({
      ONE_CURRENT: 1,
      CURRENT_IS_OPEN: 2,
      NO_OVERLAP: 2,
      UNIQUE_START: 2,
    });
  });

  it('sees an end without its sequence, and a batch that was never', async () => {
    const lake = await openHealthy();
    await lake.ws.engine.execute(
      `update ${sqlName(lake, 'customer')} set end_seq = '', batch_id = 9999 where id = 1`,
    );

    expect(await broken(lake)).toEqual({ END_IS_WHOLE: 1, BATCH_KNOWN: 1 });
  });

  it('misses the view and the history when somebody dropped them', async () => {
    const lake = await openHealthy();
    await lake.ws.engine.execute(`drop view ${sqlName(lake, 'customer_versions')}`);
    expect(await broken(lake)).toEqual({ VIEW_PRESENT: 1 });

    await lake.ws.engine.execute(`drop table ${sqlName(lake, 'customer')}`);
    expect(await broken(lake)).toEqual({ HISTORY_PRESENT: 1 });
  });

  it('counts applied files that are gone or of another size, but not one that waits to be moved', async () => {
    const lake = await openHealthy();
    const processed = join(lake.store.location('processed'), '1', cdcFileName(1));
    const incoming = join(lake.store.location('incoming'), cdcFileName(1));
    await rename(processed, incoming);
    expect(await broken(lake)).toEqual({});

    await rm(incoming);
    expect(await broken(lake)).toEqual({ PROCESSED_PRESENT: 1 });
    await lake.put('processed', `1/${cdcFileName(1)}`, 'other');
    expect(await broken(lake)).toEqual({ PROCESSED_PRESENT: 1 });
  });

  it('counts a file that was rejected after it was applied', async () => {
    const lake = await openHealthy();
    const [applied] = await lake.ws.ledger.allApplied('customer');
    await lake.ws.ledger.fileEvent('customer', applied!, { status: 'rejected', code: 'X', message: 'x' });

    expect(await broken(lake)).toEqual({ APPLIED_NOT_REJECTED: 1 });
  });
});
