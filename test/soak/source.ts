import type { Change, Values } from '../helpers/oracle-types.ts';
import { happens, type Random } from './random-for.ts';

/** What a change says, its time and sequence not yet. */
type Said = Pick<Change, 'op' | 'values' | 'beforeKeys'>;

/** A table of the source database, as far as its changes show it. */
export interface Source {
  /** A row of the first load; null where the key is taken. */
  load(): Said | null;
  /** The next change. */
  change(): Said;
}

const NAMES = ['Ada', "O'Brien", 'Ünïcødé 🌊', 'line\nbreak\ttab\\', '', null, '"quoted", `ticked`', 'null'];
const TENANTS = ['north', "it's", '東京 "east"'];

/** Keys of one family: a change of a key stays in its family. */
export const FAMILY = 4;

/** Keys come and go, are renamed within their family, and rows are written again as they were. */
export function createSource(random: Random, keys: readonly string[], families: number): Source {
  const rows = new Map<number, Values>();
  const keyOf = (id: number): Values => ({
    ...(keys.includes('tenant') ? { tenant: TENANTS[Math.floor(id / FAMILY) % TENANTS.length]! } : {}),
    id: String(id),
  });
  const valuesOf = (id: number): Values => ({
    ...keyOf(id),
    name: random.pick(NAMES),
    amount: happens(random, 200)
      ? null
      : `${random.pick(['', '-'])}${random.between(0, 1e12)}.${random.between(10, 99)}00`,
    since: happens(random, 200)
      ? null
      : `2024-02-29T12:34:56.${String(random.between(0, 999_999)).padStart(6, '0')}Z`,
  });
  const anyId = (): number => random.between(0, families * FAMILY - 1);
  const write = (op: 'I' | 'U', id: number): Said => {
    const values = valuesOf(id);
    rows.set(id, values);
    return { op, values };
  };
  const remove = (id: number): Said => {
    const values = happens(random, 500) ? (rows.get(id) ?? keyOf(id)) : keyOf(id);
    rows.delete(id);
    return { op: 'D', values };
  };
  const rename = (from: number): Said => {
    const first = from - (from % FAMILY);
    const free = [0, 1, 2, 3].map((at) => first + at).filter((id) => !rows.has(id));
    if (free.length === 0) return write('U', from);
    rows.delete(from);
    return { ...write('U', random.pick(free)), beforeKeys: keyOf(from) };
  };
  return {
    load() {
      const id = anyId();
      return rows.has(id) ? null : write('I', id);
    },
    change() {
      const id = anyId();
      const there = rows.get(id);
      if (!there) return happens(random, 100) ? remove(id) : write('I', id);
      if (happens(random, 200)) return remove(id);
      if (happens(random, 80)) return rename(id);
      return happens(random, 150) ? { op: 'U', values: there } : write('U', id);
    },
  };
}
