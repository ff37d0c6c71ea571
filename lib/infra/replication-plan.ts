import { createHash } from 'node:crypto';
import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { dmsProblems } from '../dms/lint.ts';
import type { TableMappings } from '../dms/mapping-rule.ts';
import { type DmsNames, dmsNames } from '../dms/names.ts';
import { tableMappings } from '../dms/table-mappings.ts';
import { type TaskSettings, taskSettings } from '../dms/task-settings.ts';
import { ConfigError } from '../errors.ts';
import { sourceProblems } from '../sources/check-source.ts';
import {
  completeReplication,
  completeTable,
  type ReplicatedTableProps,
  type ReplicationProps,
} from './replication-props.ts';

/** What a replication comes to, before anything of AWS. */
export interface ReplicationPlan {
  readonly replication: ReplicationConfig;
  readonly tables: readonly TableConfig[];
  readonly names: DmsNames;
  /** Last part of the ARN of the task, or of the serverless configuration. */
  readonly resourceIdentifier: string;
  /** Column of the files with the commit time, one for all tables. */
  readonly commitTimeColumn: string;
  readonly mappings: TableMappings;
  readonly settings: TaskSettings;
}

/** What is asked for, as far as it is no resource. */
export interface ReplicationRequest {
  /** Name of the pipeline. */
  readonly pipeline: string;
  readonly replication: ReplicationProps;
  readonly tables: readonly ReplicatedTableProps[];
  /** Folder of the bucket below which all lies; empty for none. */
  readonly keyPrefix: string;
}

/** Fills in defaults and renders what DMS is told. Throws `ConfigError` with everything that cannot be or would lose changes. */
export function planReplication({ pipeline, keyPrefix, ...asked }: ReplicationRequest): ReplicationPlan {
  const replication = completeReplication(asked.replication);
  const tables = asked.tables.map((table) => completeTable(table, replication.name));
  const config: Pick<Config, 'storage' | 'tables' | 'replications'> = {
    storage: { kind: 's3', prefix: keyPrefix },
    tables,
    replications: [replication],
  };
  const problems = [...sourceProblems(config), ...dmsProblems(config)];
  if (problems.length > 0) throw new ConfigError(problems, `replication ${replication.name}`);
  const names = dmsNames(pipeline, replication.name);
  return {
    replication,
    tables,
    names,
    resourceIdentifier: shortIdentifier(names.replication),
    commitTimeColumn: tables[0]?.changeColumns.commitTime ?? '',
    mappings: tableMappings(config, replication),
    settings: taskSettings(replication),
  };
}

/**
 * Longest identifier that DMS puts at the end of an ARN.
 * @see https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationTask.html
 */
const MAX_IDENTIFIER = 31;

/** A name as the end of an ARN: itself, or cut and with a hash. */
function shortIdentifier(name: string): string {
  if (name.length <= MAX_IDENTIFIER) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, MAX_IDENTIFIER - 9).replace(/-+$/, '')}-${hash}`;
}
