import type { ReplicationConfig } from '../../../lib/config/cloud.ts';
import type { Config, TableConfig } from '../../../lib/config/config.ts';
import { cloudConfig } from '../../helpers/cloud-config.ts';

/** A configuration with one replication `erp`; its parts are given as they are after parsing. */
export function dmsConfig(
  tables: readonly (Partial<TableConfig> & { source: string })[],
  replication: Partial<ReplicationConfig> = {},
  prefix = 'landing',
): { config: Config; replication: ReplicationConfig } {
  const base = cloudConfig();
  const [table, first] = [base.tables[0]!, base.replications[0]!];
  const changed = { ...first, ...replication };
  const config: Config = {
    ...base,
    storage: { kind: 's3', prefix },
    replications: [changed],
    tables: tables.map((given) => ({
      ...table,
      name: given.source.slice(given.source.lastIndexOf('.') + 1).toLowerCase(),
      replication: changed.name,
      ...given,
    })),
  };
  return { config, replication: changed };
}
