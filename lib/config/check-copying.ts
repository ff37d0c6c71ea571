import { checkCloud } from './check-cloud.ts';
import type { CheckedTable } from './check-columns.ts';
import { checkCopiedTables } from './check-copied-tables.ts';
import type { CheckedExport } from './check-exports.ts';
import { checkFolders } from './check-folders.ts';
import { type CheckedReplication, checkReplications, warnReplications } from './check-replications.ts';
import { storageKind } from './check-storage.ts';
import { DEFAULTS } from './defaults.ts';
import type { Finding } from './problem.ts';
import { field, list, rightFields, someMap } from './right-fields.ts';
import { cloudSchema } from './schema-cloud.ts';
import { storageSchema } from './schema-engine.ts';
import { networkSchema } from './schema-network.ts';
import { replicationSchema, sourceSchema } from './schema-replication.ts';

const partialReplication = replicationSchema.extend({ source: sourceSchema.partial() }).partial();

/** What of the configuration was understood already. */
export interface CopyingContext {
  readonly tables: readonly CheckedTable[];
  /** Whether every table, and what it takes from `defaults:`, has the right shape. */
  readonly tablesAreRight: boolean;
  readonly exports: readonly CheckedExport[];
}

/** What is copied, into which folders, and what deploys it: everything wrong, and what is risky. */
export function checkCopying(
  value: unknown,
  { tables, tablesAreRight, exports }: CopyingContext,
): { problems: Finding[]; warnings: Finding[] } {
  const storage = someMap(storageSchema, field(value, 'storage'));
  const kind = storageKind(storage);
  const written = field(value, 'region') ?? DEFAULTS.region;
  const region = typeof written === 'string' ? written : DEFAULTS.region;
  const replications = someReplications(value);
  const names = replicationNames(value);
  const used = new Set(tables.flatMap(({ config }) => config.replication ?? []));
  const isClear = tablesAreRight && [...used].every((name) => names.includes(name));
  const named = tables.filter(({ written: { name } }) => name !== '');
  const copied = checkCopiedTables(named, replications, names);
  const cloud = someMap(cloudSchema, field(value, 'cloud'));
  const network = someMap(networkSchema, field(field(value, 'cloud'), 'network'));
  const deployed = checkCloud(cloud, {
    storage: kind,
    region,
    network,
    exports,
    replications: replications.length,
  });
  return {
    problems: [
      ...checkReplications(replications, { storage: kind, region, used: isClear ? used : null }),
      ...copied.problems,
      ...(kind === 's3' ? checkFolders(named, storage.written.prefix ?? '') : []),
      ...deployed.problems,
    ],
    warnings: [...warnReplications(replications), ...copied.warnings, ...deployed.warnings],
  };
}

/** Names of all replications, whatever else is wrong with them. */
export function replicationNames(value: unknown): string[] {
  return list(value, 'replications').flatMap((one) => {
    const name = field(one, 'name');
    return typeof name === 'string' ? [name] : [];
  });
}

function someReplications(value: unknown): CheckedReplication[] {
  return list(value, 'replications').flatMap((item, index) => {
    const written = rightFields(replicationSchema, partialReplication, item);
    return written ? [{ index, written }] : [];
  });
}
