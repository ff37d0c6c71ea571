import type { ReplicationCapacity, ReplicationConfig, SourceConfig } from './cloud.ts';
import {
  defaultHosting,
  REPLICATION_DEFAULTS,
  SERVERLESS_DEFAULTS,
  STANDARD_DEFAULTS,
  TLS_DEFAULTS,
} from './defaults.ts';
import type { ReplicationYaml, SourceYaml } from './schema-replication.ts';

/** A replication with every setting filled in. It must have passed `checkReplications`. */
export function resolveReplication(written: ReplicationYaml): ReplicationConfig {
  const { name, source, serverless, standard, ...settings } = written;
  return {
    ...REPLICATION_DEFAULTS,
    taskSettings: {},
    targetSettings: {},
    ...settings,
    name,
    source: resolveSource(source),
    capacity: resolveCapacity({ serverless, standard }),
  };
}

/** What copies a table that names no replication: the only one there is. */
export function onlyReplication(written: readonly { readonly name?: string }[]): string | null {
  const [only, ...others] = written;
  return others.length === 0 ? (only?.name ?? null) : null;
}

function resolveSource(written: SourceYaml): SourceConfig {
  const { engine, hosting = defaultHosting(written.engine), database, secret, settings = {} } = written;
  const { edition, version, secretKey, certificate, slot } = written;
  const cdc = written.cdc ?? defaultCdc(engine, hosting);
  return {
    engine,
    hosting,
    ...(edition === undefined ? {} : { edition }),
    ...(version === undefined ? {} : { version: String(version) }),
    database,
    secretArn: secret,
    ...(secretKey === undefined ? {} : { secretKeyArn: secretKey }),
    tls: written.tls ?? TLS_DEFAULTS[engine],
    ...(certificate === undefined ? {} : { certificateArn: certificate }),
    ...(cdc === undefined ? {} : { cdc }),
    ...(slot === undefined ? {} : { slot }),
    settings,
  };
}

function defaultCdc(engine: SourceYaml['engine'], hosting: SourceConfig['hosting']): SourceConfig['cdc'] {
  if (engine !== 'sqlserver') return undefined;
  return hosting === 'rds' ? 'ms-cdc' : 'ms-replication';
}

function resolveCapacity({ serverless, standard }: Partial<ReplicationYaml>): ReplicationCapacity {
  return standard === undefined
    ? { ...SERVERLESS_DEFAULTS, ...serverless }
    : { ...STANDARD_DEFAULTS, ...standard };
}
