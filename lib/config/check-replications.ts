import type { StorageConfig } from './config.ts';
import { arnRegionProblem } from './check-arn-region.ts';
import { SERVERLESS_DEFAULTS, TLS_DEFAULTS } from './defaults.ts';
import { repeatedNames } from './names.ts';
import { type Finding, quote } from './problem.ts';
import type { ReplicationYaml, SourceYaml } from './schema-replication.ts';

/** A replication, with only those fields that have the right shape, and its position in `replications`. */
export interface CheckedReplication {
  readonly index: number;
  readonly written: Partial<Omit<ReplicationYaml, 'source'>> & { readonly source?: Partial<SourceYaml> };
}

/** What replications have to fit. */
export interface ReplicationContext {
  /** Null where it cannot be understood. */
  readonly storage: StorageConfig['kind'] | null;
  readonly region: string;
  /** Names of the replications that tables are copied by; null where not every table tells in a way that is right. */
  readonly used: ReadonlySet<string> | null;
}

/** Everything wrong with the replications. What depends on the engine of a source is for `lib/sources` to say. */
export function checkReplications(
  replications: readonly CheckedReplication[],
  context: ReplicationContext,
): Finding[] {
  return [
    ...checkStorageKind(replications, context),
    ...checkNames(replications),
    ...replications.flatMap((one) => [
      ...checkCapacity(one),
      ...checkUse(one, context),
      ...checkRegions(one, context.region),
    ]),
  ];
}

/** What is allowed in replications and risky. */
export function warnReplications(replications: readonly CheckedReplication[]): Finding[] {
  return replications.flatMap(({ index, written: { source } }) => {
    if (source?.engine === undefined || source.tls !== undefined) return [];
    if (TLS_DEFAULTS[source.engine] !== 'none') return [];
    const message = `is not given, and DMS has no encryption for ${source.engine} without a certificate, so rows cross the network as they are`;
    const hint =
      'Import the CA certificate of the server into DMS, set `tls: verify-ca` and its ARN as `certificate`; or write `tls: none`.';
    return [{ path: ['replications', index, 'source', 'tls'], message, hint }];
  });
}

function checkStorageKind(
  replications: readonly CheckedReplication[],
  { storage }: ReplicationContext,
): Finding[] {
  if (replications.length === 0 || storage === null || storage === 's3') return [];
  const message = `copy into a bucket, but change files wait elsewhere: \`storage: {kind: ${storage}}\``;
  return [{ path: ['replications'], message, hint: 'Use `storage: {kind: s3}`.' }];
}

function checkNames(replications: readonly CheckedReplication[]): Finding[] {
  const named = replications.filter(({ written }) => written.name !== undefined);
  return repeatedNames(named.map(({ written }) => written.name ?? '')).flatMap(({ index, first }) => {
    const [again, before] = [named[index], named[first]];
    if (!again || !before) return [];
    const message = `${quote(again.written.name ?? '')} repeats the name of replications[${before.index}]`;
    return [{ path: ['replications', again.index, 'name'], message, hint: 'Rename one.' }];
  });
}

function checkCapacity({ index, written }: CheckedReplication): Finding[] {
  const { serverless, standard } = written;
  const path = ['replications', index];
  if (serverless !== undefined && standard !== undefined) {
    const hint = 'Keep `serverless` to have DMS choose the size, or `standard` to choose it yourself.';
    return [{ path: [...path, 'standard'], message: 'does not go with `serverless`', hint }];
  }
  const { minUnits, maxUnits } = { ...SERVERLESS_DEFAULTS, ...serverless };
  if (minUnits <= maxUnits) return [];
  const field = serverless?.minUnits === undefined ? 'maxUnits' : 'minUnits';
  const message = `at least ${minUnits} capacity units are more than at most ${maxUnits}`;
  const hint = 'Lower `minUnits` or raise `maxUnits`.';
  return [{ path: [...path, 'serverless', field], message, hint }];
}

function checkUse({ index, written }: CheckedReplication, { used }: ReplicationContext): Finding[] {
  if (used === null || written.name === undefined || used.has(written.name)) return [];
  const hint = `Write \`replication: ${written.name}\` in the tables that it copies, or remove it.`;
  return [{ path: ['replications', index], message: 'copies no table', hint }];
}

function checkRegions({ index, written }: CheckedReplication, region: string): Finding[] {
  return (['secret', 'secretKey', 'certificate'] as const).flatMap((field) =>
    arnRegionProblem(written.source?.[field], region, ['replications', index, 'source', field]),
  );
}
