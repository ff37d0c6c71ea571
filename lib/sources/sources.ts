import type { SourceEngine } from '../config/cloud.ts';
import { auroraMysql } from './aurora-mysql.ts';
import { auroraPostgresql } from './aurora-postgresql.ts';
import { mariadb } from './mariadb.ts';
import { mysqlSource } from './mysql.ts';
import { oracle } from './oracle.ts';
import { postgres } from './postgres.ts';
import type { Source } from './source.ts';
import { sqlserver } from './sqlserver.ts';

/** Every kind of database that DMS reads, by the name a configuration uses. A new one is one line here. */
export const SOURCES: Readonly<Record<SourceEngine, Source>> = {
  sqlserver,
  postgres,
  'aurora-postgresql': auroraPostgresql,
  mysql: mysqlSource,
  mariadb,
  'aurora-mysql': auroraMysql,
  oracle,
};

/** The source of this name. */
export function findSource(engine: SourceEngine): Source {
  return SOURCES[engine];
}
