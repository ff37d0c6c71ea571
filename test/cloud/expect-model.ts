import { expect } from 'vitest';
import { createOracle, type Oracle, type Values } from '../helpers/scd2-oracle.ts';
import { assertInvariants } from '../helpers/invariants.ts';
import { comparable, flattenHistory } from '../helpers/scenario-grid.ts';
import type { CloudLab } from './cloud-lab.ts';
import { COLUMNS, type FeedFile } from './feed.ts';

const NAMES = COLUMNS.map(({ name }) => name);

/** Of these alone nothing depends on how changes were divided into batches. */
const HISTORY = [...NAMES, 'current', 'effective_date', 'end_date', 'effective_seq', 'end_seq'];

/**
 * Throws unless a table is what the independent model makes of these files, read in any order: its whole history where it
 * keeps every change, else its current snapshot; and unless no file of it waits.
 */
export async function expectModel(lab: CloudLab, table: string, feed: readonly FeedFile[]): Promise<void> {
  const { history } = lab.table(table);
  const model = modelOf(lab, table, feed);
  const rows = await lab.history(table).rows();
  assertInvariants(rows, lab.table(table).keys);
  const found = history === 'every-change' ? rows : rows.filter(({ current }) => current);
  const wanted = history === 'every-change' ? model.rows() : model.rows().filter(({ current }) => current);
  const header = history === 'every-change' ? HISTORY : NAMES;
  expect({
    rows: comparable(found.map(flattenHistory), header, COLUMNS),
    waiting: await lab.files(table, 'incoming'),
  }).toEqual({ rows: comparable(wanted.map(flattenHistory), header, COLUMNS), waiting: [] });
}

/** Throws unless the target database has the current snapshot of the model. */
export async function expectExported(lab: CloudLab, table: string, feed: readonly FeedFile[]): Promise<void> {
  const columns = NAMES.map((name) =>
    name === 'since'
      ? `to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as since`
      : `"${name}"::text`,
  );
  const found = await lab.database.query<Values>(`select ${columns.join(', ')} from public."${table}"`);
  expect(comparable(found, NAMES, COLUMNS)).toEqual(
    comparable(modelOf(lab, table, feed).snapshotCurrent(), NAMES, COLUMNS),
  );
}

function modelOf(lab: CloudLab, table: string, feed: readonly FeedFile[]): Oracle {
  const { keys, history } = lab.table(table);
  const tracked = NAMES.filter((name) => !keys.includes(name));
  const model = createOracle({ keys, columns: COLUMNS, mode: history, tracked });
  feed.forEach(({ changes }, at) => void model.applyBatch(changes, at + 1));
  return model;
}
