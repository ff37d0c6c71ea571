import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cdcFileName, changeSequence, loadFileName } from '../lib/dms-files/file-names.ts';
import { openDuckdb } from '../lib/engines/duckdb/engine.ts';
import { addSeconds } from '../lib/instant.ts';
import type { SqlSession } from '../lib/ports.ts';

/** How big a feed to make. */
export interface FeedSize {
  /** Rows of the full load. */
  readonly loadRows: number;
  /** Changes in each of the rounds after it. */
  readonly roundRows: number;
  readonly rounds: number;
}

/** Files of one phase lie in a folder of their own, so that they can be delivered one phase after the other. */
export interface Phase {
  readonly name: string;
  readonly folder: string;
  readonly rows: number;
}

const SEED = 20_240_501;
const START = '2024-05-01T00:00:00.000000Z';
const LOAD_FILES = 4;
/** Rows in a file of captured changes. */
const FILE_ROWS = 50_000;
/** Changes that share a commit. */
const COMMIT_ROWS = 5;

/** A repeatable pseudo-random number below `bound` from SQL expressions. */
const draw = (bound: number, ...of: readonly (string | number)[]): string =>
  `(hash(${[...of, SEED].join(', ')}) % ${bound})::bigint`;

/** Seven columns beside the key, drawn from the SQL expression `of`; `when` false makes them null, as on a delete. */
function values(of: string, when: string): string {
  const columns: [string, string, string][] = [
    ['customer', 'varchar', `'customer ' || ${draw(200_000, of, 1)}`],
    ['city', 'varchar', `case when ${draw(50, of, 2)} > 0 then 'city ' || ${draw(900, of, 3)} end`],
    ['amount', 'decimal(18, 2)', `${draw(10_000_000, of, 4)}::decimal(18, 2) * 0.01::decimal(3, 2)`],
    ['quantity', 'integer', draw(100, of, 5)],
    ['paid', 'boolean', `${draw(2, of, 6)} = 1`],
    ['ordered_on', 'date', `date '2024-01-01' + ${draw(120, of, 7)}::integer`],
    ['changed_at', 'timestamp', `timestamp '2024-05-01' + to_microseconds(${draw(86_400_000_000, of, 8)})`],
  ];
  return columns
    .map(([name, type, sql]) => `case when ${when} then cast(${sql} as ${type}) end as ${name}`)
    .join(',\n  ');
}

function renderLoad(from: number, to: number): string {
  return [
    `select 'I' as "Op", cast(n as bigint) as id,\n  ${values('n', 'true')},`,
    `  '${START.replace('T', ' ').replace('Z', '')}' as tx_commit_time, cast(null as varchar) as change_seq,`,
    '  cast(null as bigint) as "BI_id"',
    `from range(${from}, ${to}) as rows(n)`,
  ].join('\n');
}

/** Of a hundred changes 10 insert a new key, 3 insert one that may be there or gone, 10 delete, the others update. */
function renderChanges(round: number, from: number, to: number, { loadRows, roundRows }: FeedSize): string {
  const kind = draw(100, 'n', round, 9);
  const known = `1 + ${draw(loadRows, 'n', round, 10)}`;
  const first = `timestamp '${addSeconds(START, round * 3600).slice(0, 26)}'`;
  const micros = `to_microseconds((n // ${COMMIT_ROWS}) * 10_000)`;
  const counterDigits = changeSequence('', 0n).length;
  return [
    'select',
    "  case when kind < 13 then 'I' when kind < 23 then 'D' else 'U' end as \"Op\",",
    `  case when kind < 10 then ${loadRows + 1 + (round - 1) * roundRows} + n else ${known} end as id,`,
    `  ${values(`n, ${round}`, 'not kind between 13 and 22')},`,
    "  strftime(committed_at, '%Y-%m-%d %H:%M:%S.%f') as tx_commit_time,",
    `  strftime(committed_at, '%Y%m%d%H%M%S') || '00' || lpad(cast(n as varchar), ${counterDigits}, '0') as change_seq,`,
    '  cast(null as bigint) as "BI_id"',
    `from (select n, ${kind} as kind, ${first} + ${micros} as committed_at from range(${from}, ${to}) as rows(n)) as drawn`,
  ].join('\n');
}

/** A few changes of keys that the full load has. */
export interface FewChanges {
  readonly name: string;
  /** Their hour after the load; no other round may have it. */
  readonly round: number;
  readonly rows: number;
  readonly firstKey: number;
  /** From each key to the next. */
  readonly step: number;
}

/** Every tenth deletes its key, the others update theirs. No key comes twice. */
function renderFewChanges({ round, rows, firstKey, step }: FewChanges): string {
  const at = addSeconds(START, round * 3600);
  const counter = `lpad(cast(n as varchar), ${changeSequence('', 0n).length}, '0')`;
  return [
    'select',
    `  case when n % 10 = 9 then 'D' else 'U' end as "Op", cast(${firstKey} + n * ${step} as bigint) as id,`,
    `  ${values(`n, ${round}`, 'n % 10 < 9')},`,
    `  '${at.replace('T', ' ').replace('Z', '')}' as tx_commit_time,`,
    `  '${changeSequence(at, 0n).slice(0, 16)}' || ${counter} as change_seq, cast(null as bigint) as "BI_id"`,
    `from range(${rows}) as rows(n)`,
  ].join('\n');
}

/** Writes one file of a few changes. */
export async function writeFewChanges(folder: string, few: FewChanges): Promise<Phase> {
  const { name, rows, round } = few;
  const engine = await openDuckdb({ path: ':memory:', schema: 'main' });
  try {
    await mkdir(folder, { recursive: true });
    const cutAt = addSeconds(START, round * 3600 + 1);
    await copy(engine, renderFewChanges(few), join(folder, cdcFileName(cutAt)));
    return { name, folder, rows };
  } finally {
    await engine.close();
  }
}

/** Writes the change files of a full load and some rounds of changes. The same size makes the same files. */
export async function writeFeed(folder: string, size: FeedSize): Promise<Phase[]> {
  const engine = await openDuckdb({ path: ':memory:', schema: 'main' });
  try {
    const load = await writeLoad(engine, join(folder, 'load'), size);
    const phases = [load];
    for (let round = 1; round <= size.rounds; round += 1) {
      phases.push(await writeRound(engine, join(folder, `changes-${round}`), round, size));
    }
    return phases;
  } finally {
    await engine.close();
  }
}

async function writeLoad(session: SqlSession, folder: string, { loadRows }: FeedSize): Promise<Phase> {
  await mkdir(folder, { recursive: true });
  const each = Math.ceil(loadRows / LOAD_FILES);
  for (let file = 0; file * each < loadRows; file += 1) {
    const to = Math.min((file + 1) * each, loadRows);
    await copy(session, renderLoad(file * each + 1, to + 1), join(folder, loadFileName(file + 1)));
  }
  return { name: 'full load', folder, rows: loadRows };
}

async function writeRound(
  session: SqlSession,
  folder: string,
  round: number,
  size: FeedSize,
): Promise<Phase> {
  await mkdir(folder, { recursive: true });
  const { roundRows } = size;
  for (let from = 0; from < roundRows; from += FILE_ROWS) {
    const to = Math.min(from + FILE_ROWS, roundRows);
    const cutAt = addSeconds(START, round * 3600 + (to / COMMIT_ROWS) * 0.01);
    await copy(session, renderChanges(round, from, to, size), join(folder, cdcFileName(cutAt)));
  }
  return { name: `changes ${round}`, folder, rows: roundRows };
}

async function copy(session: SqlSession, select: string, path: string): Promise<void> {
  const to = session.dialect.stringLiteral(path);
  await session.execute(`copy (\n${select}\n) to ${to} (format parquet, compression uncompressed)`);
}
