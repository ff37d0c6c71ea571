import type { Column } from '../../lib/config/column-type.ts';
import { cdcFileName, change, type ChangeFileSpec, loadFileName } from '../helpers/change-files.ts';
import type { Change } from '../helpers/oracle-types.ts';

/** One change file and its name. */
export interface FeedFile extends ChangeFileSpec {
  readonly name: string;
}

export const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 64 } },
  { name: 'name', type: { kind: 'string' } },
  { name: 'amount', type: { kind: 'decimal', precision: 20, scale: 4 } },
  { name: 'since', type: { kind: 'timestamptz' } },
];

const NAMES = ['Ada', "O'Brien", 'Ünïcødé 🌊', 'line\nbreak\ttab\\', '', null, '"quoted", `ticked`'];

export interface FeedOptions {
  /** Another number gives other changes; the same gives the same. @default 1 */
  readonly seed?: number;
  /** Files of captured changes after the one of the first load. @default 3 */
  readonly files?: number;
  /** @default 12 */
  readonly changesPerFile?: number;
  /** @default 6 */
  readonly keys?: number;
}

/**
 * A first load and the changes after it, as a database that nobody disturbs would send them: microseconds, several
 * changes of a key in one commit, deletes and keys that come again, nulls and texts that some program would stumble over.
 */
export function feedOf({ seed = 1, files = 3, changesPerFile = 12, keys = 6 }: FeedOptions = {}): FeedFile[] {
  const random = randomNumbers(seed);
  const row = (id: number) => ({
    id,
    name: NAMES[random(NAMES.length)]!,
    amount: random(4) === 0 ? null : `${random(2) ? '-' : ''}${random(1e9)}${random(1e6)}.0${random(10)}00`,
    since: random(5) === 0 ? null : `2024-02-29T12:34:56.${String(random(1e6)).padStart(6, '0')}Z`,
  });
  const there = new Set<number>();
  const load: Change[] = [];
  for (let id = 1; id <= keys; id += 2) {
    load.push(change({ op: 'I', at: '07:00', load: true, ...row(id) }));
    there.add(id);
  }
  let sequence = 0;
  const next = (): Change => {
    sequence += 1;
    const id = 1 + random(keys);
    const op = !there.has(id) ? 'I' : random(4) === 0 ? 'D' : 'U';
    if (op === 'D') there.delete(id);
    else there.add(id);
    // Three changes to a commit.
    const minute = String(Math.floor(sequence / 3)).padStart(2, '0');
    return change({
      op,
      at: `08:${minute}:00.00000${sequence % 3 === 0 ? 1 : 2}`,
      seq: 1000 + sequence,
      ...row(id),
    });
  };
  const captured = Array.from({ length: files }, (_, n) => ({
    name: cdcFileName(n + 1),
    columns: COLUMNS,
    changes: Array.from({ length: changesPerFile }, next),
  }));
  return [{ name: loadFileName(1), columns: COLUMNS, changes: load }, ...captured];
}

/** Whole numbers below a bound, always the same for a seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
