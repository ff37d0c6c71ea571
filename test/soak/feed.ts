import type { TableConfig } from '../../lib/config/config.ts';
import { cdcFileName, changeSequence, loadFileName } from '../../lib/dms-files/file-names.ts';
import type { Change } from '../helpers/oracle-types.ts';
import { createSource, type Source } from './source.ts';
import { happens, type Random, randomFor } from './random-for.ts';
import { commitTimeAt, instantAt, MINUTE, SECOND } from './simulated-time.ts';

/** What is wrong with a file that nobody can apply, and the code that it is rejected with. */
export const POISONS = {
  text: 'NOT_PARQUET',
  empty: 'FILE_EMPTY',
  truncated: 'FILE_TRUNCATED',
  damaged: 'PAGE_DAMAGED',
  keyless: 'COLUMN_MISSING',
  'null-key': 'NULL_KEY',
  timeless: 'BAD_COMMIT_TIME',
  'unknown-op': 'UNKNOWN_OP',
} as const;

export type Poison = keyof typeof POISONS;

/** A change file of one table. */
export interface SoakFile {
  /** Path below the incoming folder; no two of a table are alike. */
  readonly path: string;
  /** When it is cut, in milliseconds since the begin. */
  readonly cutMs: number;
  /** When it arrives there, in milliseconds since the begin. */
  readonly arrivesMs: number;
  readonly changes: readonly Change[];
  readonly poison: Poison | null;
  /** When the very same file arrives once more; null where it does not. */
  readonly againMs: number | null;
}

/** How much arrives. */
export interface Arrivals {
  readonly seed: number;
  /** Minutes of simulated time in which files are cut. */
  readonly minutes: number;
  /** Minutes between two files of a table, about. */
  readonly everyMinutes: number;
}

const KINDS = Object.keys(POISONS) as Poison[];

/**
 * The files of a table in the order in which they are cut, always the same for a seed: a first load in two files, then
 * captured changes. Some files are late, some arrive twice, some say again what the one before said, and some are poison.
 */
export function* feedOf(
  table: Pick<TableConfig, 'name' | 'keys'>,
  { seed, minutes, everyMinutes }: Arrivals,
): Generator<SoakFile> {
  const random = randomFor(seed, `feed/${table.name}`);
  const families = 6 + Math.floor(minutes / everyMinutes / 6);
  const source = createSource(random, table.keys, families);
  yield* firstLoad(random, source);
  let cutMs = random.between(1, MINUTE);
  let committedMs = 0;
  let before: readonly Change[] = [];
  let counter = 0n;
  for (;;) {
    cutMs += random.between(1, 2 * everyMinutes * MINUTE);
    if (cutMs > minutes * MINUTE) return;
    const changes: Change[] = happens(random, 80) ? [...before] : [];
    for (let left = random.between(1, 12); left > 0; left -= 1) {
      // Several changes of one commit are told apart by their sequence alone.
      if (!happens(random, 400)) committedMs = random.between(committedMs + 1, cutMs);
      if (committedMs >= cutMs) break;
      counter += 1n;
      const at = {
        commitTime: commitTimeAt(committedMs, 7),
        seq: changeSequence(instantAt(committedMs), counter),
      };
      changes.push({ ...source.change(), ...at });
    }
    if (changes.length === 0) continue;
    const file = fileOf(random, cutMs, changes);
    if (file.poison === null) before = changes.slice(-3);
    yield file;
  }
}

function* firstLoad(random: Random, source: Source): Generator<SoakFile> {
  for (const n of [1, 2]) {
    const rows = Array.from({ length: 8 }, () => source.load()).filter((change) => change !== null);
    const changes = rows.map((row) => ({ ...row, commitTime: commitTimeAt(-MINUTE), seq: null, load: true }));
    const arrivesMs = random.between(1, MINUTE);
    yield { path: loadFileName(n), cutMs: 0, arrivesMs, changes, poison: null, againMs: null };
  }
}

function fileOf(random: Random, cutMs: number, changes: readonly Change[]): SoakFile {
  const poison = happens(random, 40) ? random.pick(KINDS) : null;
  const delayMs = happens(random, 50) ? random.between(MINUTE, 12 * MINUTE) : random.between(1, 3 * SECOND);
  const arrivesMs = cutMs + delayMs;
  const twice = poison === null && happens(random, 20);
  const folder = happens(random, 300) ? '2026/05/01/' : '';
  return {
    path: `${folder}${cdcFileName(instantAt(cutMs))}`,
    cutMs,
    arrivesMs,
    changes,
    poison,
    againMs: twice ? arrivesMs + random.between(1, 20 * MINUTE) : null,
  };
}
