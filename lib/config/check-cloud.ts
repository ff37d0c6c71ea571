import { arnRegionProblem } from './check-arn-region.ts';
import { checkBucket } from './check-bucket.ts';
import type { CheckedMap } from './check-engine.ts';
import type { CheckedExport } from './check-exports.ts';
import { checkNetwork, hasWayOut } from './check-network.ts';
import type { StorageConfig } from './config.ts';
import { ALARM_DEFAULTS, INGEST_DEFAULTS } from './defaults.ts';
import type { Finding } from './problem.ts';
import type { CloudYaml } from './schema-cloud.ts';
import type { NetworkYaml } from './schema-network.ts';

/** What the settings of a deployment have to fit. */
export interface CloudContext {
  /** Null where it cannot be understood. */
  readonly storage: StorageConfig['kind'] | null;
  readonly region: string;
  readonly network: CheckedMap<NetworkYaml>;
  readonly exports: readonly CheckedExport[];
  readonly replications: number;
}

/** Everything wrong with the settings of a deployment that do not go together, and what is risky. */
export function checkCloud(
  { given, written }: CheckedMap<CloudYaml>,
  context: CloudContext,
): { problems: Finding[]; warnings: Finding[] } {
  const { region, network } = context;
  const bucket = checkBucket(written.bucket ?? {});
  return {
    problems: [
      ...bucket.problems,
      ...checkNetwork(network, region),
      ...checkWayOut(written, context),
      ...checkLakehouse(written.lakehouse ?? {}),
      ...arnRegionProblem(written.bucket?.key, region, ['cloud', 'bucket', 'key']),
      ...arnRegionProblem(written.alarms?.topic, region, ['cloud', 'alarms', 'topic']),
    ],
    warnings: [
      ...bucket.warnings,
      ...warnNetwork(given, context),
      ...warnIdle(given, context),
      ...warnDeaf(written),
    ],
  };
}

/** Functions in the network need Databricks, which is never in it. */
function checkWayOut({ ingest }: Partial<CloudYaml>, { network, exports }: CloudContext): Finding[] {
  if (hasWayOut(network) !== false) return [];
  const inside = [
    ...(ingest?.inNetwork ? [['cloud', 'ingest', 'inNetwork']] : []),
    ...exports.flatMap(({ index, written }) => (written.inNetwork ? [['exports', index, 'inNetwork']] : [])),
  ];
  const hint =
    network.written.kind === 'existing'
      ? 'Say in `cloud.network.wayOut` what leads out, nat or private-links, or remove this line.'
      : 'Use `cloud: {network: {natGateways: 1}}`, or a network of yours with a way out, or remove this line.';
  return inside.map((path) => {
    return { path, message: 'is in a network without a way out to Databricks', hint };
  });
}

function checkLakehouse(written: NonNullable<CloudYaml['lakehouse']>): Finding[] {
  const { storageCredential, externalLocation, role } = written;
  const path = ['cloud', 'lakehouse'];
  if (storageCredential?.create !== false) return [];
  const found: Finding[] = [];
  if (storageCredential.name === undefined && externalLocation?.create !== false) {
    const hint = 'Name the one that was made by hand: the external location is made with it.';
    found.push({
      path: [...path, 'storageCredential', 'name'],
      message: 'is missing beside `create: false`',
      hint,
    });
  }
  if (role !== undefined) {
    const hint = 'Remove it: the storage credential that was made by hand has its own role.';
    found.push({
      path: [...path, 'role'],
      message: 'has no meaning beside a storage credential that is not made',
      hint,
    });
  }
  return found;
}

function warnNetwork(given: readonly string[], { replications, storage }: CloudContext): Finding[] {
  if (replications === 0 || storage !== 's3' || given.includes('network')) return [];
  const message =
    'is not given, so DMS gets a VPC of its own, from which it reaches no database until you connect the two';
  const hint =
    'Name the VPC of the database, `network: {kind: existing, ...}`, or write `network: {kind: new}` and connect them.';
  return [{ path: ['cloud', 'network'], message, hint }];
}

/** Settings that nothing looks at as long as there is nothing to deploy. */
function warnIdle(given: readonly string[], { storage, exports }: CloudContext): Finding[] {
  if (storage === 's3' || storage === null) return [];
  const hint = 'A deployment has `storage: {kind: s3}`.';
  const message = 'matters to a deployment only';
  const fields = ['schedule', 'afterIngest', 'inNetwork'] as const;
  return [
    ...(given.length > 0 ? [{ path: ['cloud'], message, hint }] : []),
    ...exports.flatMap(({ index, written }) =>
      fields
        .filter((field) => written[field] !== undefined)
        .map((field) => ({ path: ['exports', index, field], message, hint })),
    ),
  ];
}

/** A file that waits for its window is not late. */
function warnDeaf({ ingest, alarms }: Partial<CloudYaml>): Finding[] {
  const { windowSeconds } = { ...INGEST_DEFAULTS, ...ingest };
  const { waitingMinutes } = { ...ALARM_DEFAULTS, ...alarms };
  const least = Math.ceil((2 * windowSeconds + 60) / 60);
  if (waitingMinutes >= least) return [];
  const message = `is so short that the alarm rings for files that only wait for \`windowSeconds: ${windowSeconds}\``;
  const hint = `Use ${least} minutes or more.`;
  return [{ path: ['cloud', 'alarms', 'waitingMinutes'], message, hint }];
}
