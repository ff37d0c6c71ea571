import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openDuckdb } from '../../../lib/engines/duckdb/engine.ts';
import { annotateColumns, timeOfDay } from '../../helpers/annotate-parquet.ts';
import { cdcFileName } from '../../helpers/change-files.ts';
import { createLab, type Lab } from './ingest-lab.ts';

let lab: Lab;
afterEach(() => lab.remove());

/** A change file of one row, whose time of day is so many microseconds. */
async function opensAt(micros: number): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-times-'));
  const path = join(folder, 'written.parquet');
  const duckdb = await openDuckdb({ path: ':memory:', schema: 'main' });
  await duckdb.execute(
    `copy (select 'I' as "Op", 1::integer as id, ${micros}::bigint as opens, '2026-01-01 00:00:00' as tx_commit_time, lpad('1', 35, '0') as change_seq) to '${path}' (format parquet)`,
  );
  await duckdb.close();
  await annotateColumns(path, { opens: timeOfDay('micros') });
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  return bytes;
}

it('a time that is none of a day rejects its file, and is not taken for one of the next', async () => {
  lab = await createLab({ keys: 'id' });
  await lab.deliverBytes(cdcFileName(1), await opensAt(86_399_999_999));
  await lab.deliverBytes(cdcFileName(2), await opensAt(86_400_000_000));

  const report = await lab.ingest();

  expect(report.rejected).toMatchObject([{ path: cdcFileName(2), code: 'VALUE_NOT_CASTABLE' }]);
  expect((await lab.rows()).map(({ opens }) => opens)).toEqual(['23:59:59.999999']);
});
