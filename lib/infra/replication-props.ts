import type { ReplicationCapacity, ReplicationConfig, SourceConfig } from '../config/cloud.ts';
import type { ChangeColumns, TableConfig } from '../config/config.ts';
import { resolveReplication } from '../config/resolve-replication.ts';
import type { ReplicationYaml } from '../config/schema-replication.ts';
import { resolveTable } from '../config/resolve-table.ts';

/** The database that is copied. A `SourceConfig` will do. */
export interface SourceProps extends Partial<SourceConfig> {
  readonly engine: SourceConfig['engine'];
  /** Database, service name or SID to connect to. */
  readonly database: string;
  /** ARN of the Secrets Manager secret with `host`, `port`, `username` and `password`. */
  readonly secretArn: string;
}

/** Bounds or size of what copies. Anything left out has its default. */
export type CapacityProps = { readonly kind: ReplicationCapacity['kind'] } & Partial<ReplicationCapacity>;

/** One replication; what is left out has the default that `ReplicationConfig` tells of. A `ReplicationConfig` will do. */
export interface ReplicationProps extends Partial<Omit<ReplicationConfig, 'source' | 'capacity'>> {
  /** Lower-case letters, digits and dashes; part of the names of what DMS has. */
  readonly name: string;
  readonly source: SourceProps;
  /** @default serverless, from 1 to 16 units */
  readonly capacity?: CapacityProps;
}

/** What DMS must know of a table. A `TableConfig` will do. */
export interface ReplicatedTableProps {
  /** Name of the history table and stem of its folders. */
  readonly name: string;
  /** Schema-qualified name at the source. @default dbo.<name> */
  readonly source?: string;
  readonly keys: readonly string[];
  /** Columns that are not copied. @default none */
  readonly excludeColumns?: readonly string[];
  /** What the names of the source's columns become in the files. @default keep */
  readonly columnNames?: TableConfig['columnNames'];
  /** `commit-time` adds no column with the order of changes inside one commit. @default change-seq */
  readonly sequence?: TableConfig['sequence'];
  /** Names of the columns that DMS adds. @default as `ChangeColumns` tells */
  readonly changeColumns?: Partial<ChangeColumns>;
}

/** A replication with every default filled in. */
export function completeReplication(props: ReplicationProps): ReplicationConfig {
  return resolveReplication(writtenReplication(props));
}

/** A replication as a person would write it in YAML. */
export function writtenReplication(props: ReplicationProps): ReplicationYaml {
  const { source, capacity, ...settings } = props;
  const { secretArn, secretKeyArn, certificateArn, ...server } = source;
  const { kind, ...size } = { kind: 'serverless', ...capacity } as CapacityProps;
  return {
    ...settings,
    source: {
      ...server,
      secret: secretArn,
      ...(secretKeyArn === undefined ? {} : { secretKey: secretKeyArn }),
      ...(certificateArn === undefined ? {} : { certificate: certificateArn }),
      settings: { ...server.settings },
    },
    ...(settings.taskSettings ? { taskSettings: { ...settings.taskSettings } } : {}),
    ...(settings.targetSettings ? { targetSettings: { ...settings.targetSettings } } : {}),
    [kind]: size,
  };
}

/** A table with every default filled in, copied by the replication of that name. */
export function completeTable(props: ReplicatedTableProps, replication: string): TableConfig {
  const { name, source, keys, excludeColumns = [], columnNames, sequence, changeColumns } = props;
  const table = {
    name,
    ...(source === undefined ? {} : { source }),
    keys: [...keys],
    excludeColumns: [...excludeColumns],
    ...(columnNames === undefined ? {} : { columnNames }),
    ...(sequence === undefined ? {} : { sequence }),
    ...changeColumns,
  };
  return resolveTable(table, {}, undefined, replication);
}
