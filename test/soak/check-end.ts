import type { TableConfig } from '../../lib/config/config.ts';
import { isCandidate } from '../../lib/changes/file-name.ts';
import { historyRef } from '../../lib/history/history-table.ts';
import type { FileStore, Place } from '../../lib/ports.ts';
import { assertInvariants } from '../helpers/invariants.ts';
import type { HistoryRow, Values } from '../helpers/oracle-types.ts';
import { comparable, flattenHistory } from '../helpers/scenario-grid.ts';
import { type Arrivals, feedOf, POISONS, type SoakFile } from './feed.ts';
import { modelRows } from './model.ts';
import { columnsOf } from './soak-tables.ts';
import type { SoakWorld } from './soak-world.ts';

const BOOKKEEPING = [
  ...['current', 'effective_date', 'end_date', 'effective_seq', 'end_seq'],
  ...['seen_date', 'seen_seq', 'batch_id'],
];

/** What of the tables is not as it must be when all files arrived and everything is at rest. */
export async function checkEnd(world: SoakWorld, arrivals: Arrivals): Promise<string[]> {
  const problems: string[] = [];
  for (const table of world.config.tables) {
    const found = await checkTable(world, table, [...feedOf(table, arrivals)]);
    problems.push(...found.map((problem) => `Table ${JSON.stringify(table.name)}: ${problem}`));
  }
  return problems;
}

async function checkTable(
  world: SoakWorld,
  table: TableConfig,
  feed: readonly SoakFile[],
): Promise<string[]> {
  const store = world.store(table);
  const processed = await pathsIn(store, 'processed');
  const good = feed.filter(({ poison }) => poison === null);
  const batchOf = (path: string): number[] =>
    processed.filter((one) => pathInBatch(one) === path).map((one) => Number(one.slice(0, one.indexOf('/'))));
  const known = new Set(good.map(({ path }) => path));
  const problems = [
    ...(await pathsIn(store, 'incoming')).map((path) => `${path} waits.`),
    ...processed
      .filter((path) => !known.has(pathInBatch(path)))
      .map((path) => `${path} is processed and should not be.`),
    ...good.flatMap(({ path }) => {
      const { length } = batchOf(path);
      return length === 1 ? [] : [`${path} is processed ${length} times.`];
    }),
    ...(await checkRejected(store, feed)),
  ];
  if (problems.length > 0) return problems;
  const files = good.map(({ path, changes }) => ({ changes, batchId: batchOf(path)[0]! }));
  return compare(table, await historyRows(world, table), modelRows(table, files));
}

async function checkRejected(store: FileStore, feed: readonly SoakFile[]): Promise<string[]> {
  const expected = new Map(
    feed.flatMap(({ path, poison }) => (poison ? [[path, POISONS[poison] as string]] : [])),
  );
  const found = (await pathsIn(store, 'rejected')).filter(isCandidate);
  const problems = found
    .filter((path) => !expected.has(path))
    .map((path) => `${path} is rejected and should not be.`);
  for (const [path, code] of expected) {
    const reason = await store.read('rejected', `${path}.reason.json`);
    const told = reason === null ? 'nothing' : (JSON.parse(reason) as { code: string }).code;
    if (!found.includes(path)) problems.push(`${path} is not rejected, which should be for ${code}.`);
    else if (told !== code) problems.push(`${path} is rejected for ${told}, which should be for ${code}.`);
  }
  return problems;
}

function pathInBatch(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

async function pathsIn(store: FileStore, place: Place): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of store.list(place)) paths.push(path);
  return paths.sort();
}

/** The whole history, as text by column. */
async function historyRows({ engine, config }: SoakWorld, table: TableConfig): Promise<Values[]> {
  const ref = historyRef(config, table);
  const columns = (await engine.columns(ref)) ?? [];
  if (columns.length === 0) return [];
  const { dialect } = engine;
  const texts = columns.map(({ name, type }) => dialect.toText(dialect.quoteIdentifier(name), type));
  const rows = await engine.query(`select ${texts.join(', ')} from ${dialect.tableName(ref)}`);
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));
}

function compare(table: TableConfig, found: readonly Values[], wanted: readonly HistoryRow[]): string[] {
  const columns = columnsOf(table.keys);
  const header = [...columns.map(({ name }) => name), ...BOOKKEEPING];
  const lines = (rows: readonly Values[]) =>
    comparable(rows, header, columns).map((row) => JSON.stringify(row));
  const [there, model] = [lines(found), lines(wanted.map(flattenHistory))];
  assertInvariants(wanted, table.keys);
  const surplus = there.filter((line) => !model.includes(line));
  const missing = model.filter((line) => !there.includes(line));
  if (surplus.length === 0 && missing.length === 0 && there.length === model.length) return [];
  return [
    `its history (${there.length} rows) is not the model's (${model.length} rows).`,
    ...surplus.slice(0, 3).map((line) => `only in the history: ${line}`),
    ...missing.slice(0, 3).map((line) => `only in the model:   ${line}`),
  ];
}
