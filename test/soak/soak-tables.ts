import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Column } from '../../lib/config/column-type.ts';
import type { Config } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';

/** Names that some program would stumble over; all others are plain. */
const HOSTILE = ['order "lines"', "o'brien", 'Ünïcødé 🌊', 'select', 'a b+c%20d', '-rf', 'semi;colon--'];

const ID: Column = { name: 'id', type: { kind: 'int', bits: 64 } };
const TENANT: Column = { name: 'tenant', type: { kind: 'string' } };
const VALUES: readonly Column[] = [
  { name: 'name', type: { kind: 'string' } },
  { name: 'amount', type: { kind: 'decimal', precision: 20, scale: 4 } },
  { name: 'since', type: { kind: 'timestamptz' } },
];

/** Files that one batch takes at most: few, so that what piled up is several batches. */
const MAX_FILES = 4;

/** A pipeline of so many tables in a folder: both modes, keys of one and of two columns, some hostile names. */
export function soakConfig(dir: string, tables: number): Config {
  const yaml = stringify({
    name: 'soak',
    engine: { kind: 'duckdb', path: join(dir, 'history.duckdb') },
    storage: { kind: 'local', root: join(dir, 'files') },
    batch: { maxFiles: MAX_FILES },
    tables: Array.from({ length: tables }, (_, n) => ({
      name: HOSTILE[n] ?? `table_${n}`,
      keys: n % 3 === 2 ? ['tenant', 'id'] : ['id'],
      history: n % 2 === 0 ? 'every-change' : 'last-change',
    })),
  });
  return parseConfig(yaml, { baseDir: dir }).config;
}

/** The columns of a table with these keys, in table order. */
export function columnsOf(keys: readonly string[]): readonly Column[] {
  return [...(keys.includes('tenant') ? [TENANT] : []), ID, ...VALUES];
}
