import { RDS_GUIDE } from '../guide.ts';
import { mysql, tableName } from '../quote.ts';
import type { Answer, PrerequisiteRequest, Step } from '../source.ts';
import { MYSQL_GUIDE } from './facts.ts';

/** Hours that RDS and Aurora keep the binary log; the guide's example. */
const RETENTION_HOURS = 24;

/** What must be true of a MySQL, MariaDB or Aurora MySQL. */
export function mysqlSteps(request: PrerequisiteRequest): Step[] {
  const tables = request.tables.length > 0 ? [knownTables(request)] : [];
  if (request.fullLoadOnly) return [user(request), ...tables];
  return [binaryLog(request), retention(request), user(request), ...tables];
}

/** Settings of the log, and what each must be. */
const ROW_LOG: Readonly<Record<string, string>> = { binlog_format: 'ROW', binlog_row_image: 'FULL' };

const CHECKED = [
  'log_bin',
  'server_id',
  ...Object.keys(ROW_LOG),
  'binlog_row_value_options',
  'binlog_transaction_compression',
  'log_bin_compress',
  'binlog_checksum',
  'log_slave_updates',
  'log_replica_updates',
  'aurora_enhanced_binlog',
  'require_secure_transport',
];

function binaryLog({ source }: PrerequisiteRequest): Step {
  return {
    title: 'A binary log of whole rows',
    why: `DMS reads changes from the binary log. ${WHERE_WHY[source.hosting]} A new binlog_format counts for new sessions only: restart the server, or everything that writes, and then load.`,
    ...place(source.hosting),
    check: `show global variables where variable_name in (${CHECKED.map(mysql.literal).join(', ')});`,
    answers: [
      { answer: 'log_bin ON, server_id 1 or more, binlog_format ROW, binlog_row_image FULL', means: 'ready' },
      { answer: 'log_bin OFF', means: 'there is no log: changes cannot be read' },
      { answer: 'binlog_format STATEMENT or MIXED', means: 'rows come out wrong, or not at all' },
      { answer: 'binlog_row_image MINIMAL or NOBLOB', means: 'columns that did not change come as null' },
      {
        answer: 'binlog_row_value_options PARTIAL_JSON',
        means: 'JSON comes in parts: set it to empty (verify)',
      },
      {
        answer: 'binlog_transaction_compression or log_bin_compress ON, aurora_enhanced_binlog 1',
        means: 'DMS cannot read such a log',
      },
      { answer: 'binlog_checksum CRC32', means: 'NONE is needed by DMS 3.4.7 and older only' },
      {
        answer: 'log_slave_updates or log_replica_updates OFF on a replica',
        means: 'what it replicates is not in its log',
      },
      {
        answer: 'require_secure_transport ON',
        means:
          '`tls: none` is refused: use verify-ca or verify-full with a certificate. Aurora MySQL 8.4 has it on unless set',
      },
    ],
    see: MYSQL_GUIDE,
  };
}

const WHERE_WHY = {
  'self-managed': 'Put these below [mysqld] in my.cnf.',
  rds: 'Automated backups must be on, which turn the log on.',
  aurora: 'Setting binlog_format turns the log on; reboot the writer afterwards.',
} as const;

function place(hosting: PrerequisiteRequest['source']['hosting']): Pick<Step, 'where' | 'settings'> {
  if (hosting === 'rds') return { where: 'RDS parameter group', settings: ROW_LOG };
  if (hosting === 'aurora') return { where: 'DB cluster parameter group', settings: ROW_LOG };
  return {
    where: 'server configuration',
    settings: { server_id: '1 or another number of its own', log_bin: 'binlog', ...ROW_LOG },
  };
}

function retention({ source }: PrerequisiteRequest): Step {
  const why =
    'What is gone from the log when DMS comes to read it means a reload. A day outlasts most repairs; more costs disk.';
  if (source.hosting !== 'self-managed') {
    return {
      title: 'A binary log that is kept for a day',
      why: `${why} RDS and Aurora delete it as soon as they can unless told.`,
      where: 'source database',
      sql: `call mysql.rds_set_configuration('binlog retention hours', ${RETENTION_HOURS});`,
      check: 'call mysql.rds_show_configuration;',
      answers: [
        { answer: `binlog retention hours ${RETENTION_HOURS} or more`, means: 'ready' },
        {
          answer: 'NULL or 0',
          means: 'the log goes as soon as possible: changes are lost when the task pauses',
        },
      ],
      see: `${RDS_GUIDE}/mysql-stored-proc-configuring.html`,
    };
  }
  return {
    title: 'A binary log that is kept for a day',
    why: `${why} Servers older than MySQL 8.0 and MariaDB 10.6 count days: expire_logs_days = 1.`,
    where: 'server configuration',
    settings: { binlog_expire_logs_seconds: String(RETENTION_HOURS * 3600) },
    check: `show global variables where variable_name in ('binlog_expire_logs_seconds', 'expire_logs_days');`,
    answers: [
      { answer: 'binlog_expire_logs_seconds 86400 or more, or expire_logs_days 1 or more', means: 'ready' },
      { answer: 'less', means: 'changes are lost when the task pauses that long' },
      { answer: '0 in all', means: 'the log is never deleted: watch the disk' },
    ],
    see: MYSQL_GUIDE,
  };
}

function user({ source, tables, user: name, fullLoadOnly }: PrerequisiteRequest): Step {
  const account = `${mysql.literal(name)}@'%'`;
  const tls = source.tls === 'none' ? '' : ' require ssl';
  return {
    title: fullLoadOnly ? 'A user for DMS that reads tables' : 'A user for DMS that reads tables and the log',
    why: 'DMS makes no user of its own. Put this name and its password into the secret. A server with caching_sha2_password as its default may need "identified with mysql_native_password": verify with a test of the connection.',
    where: 'source database',
    sql: [
      `create user if not exists ${account} identified by '<password>'${tls};`,
      ...(fullLoadOnly ? [] : [`grant replication client, replication slave on *.* to ${account};`]),
      ...tables.map((table) => `grant select on ${tableName(mysql, table)} to ${account};`),
    ].join('\n'),
    check: `show grants for ${account};`,
    answers: [
      ...(fullLoadOnly
        ? []
        : [
            {
              answer: 'REPLICATION SLAVE and REPLICATION CLIENT (MariaDB: BINLOG MONITOR) on *.*',
              means: 'it can read the log',
            },
          ]),
      { answer: 'SELECT on each table, or on its database', means: 'it can read the table' },
      { answer: 'error 1141', means: 'there is no such user' },
    ],
    see: MYSQL_GUIDE,
  };
}

function knownTables({ tables, fullLoadOnly }: PrerequisiteRequest): Step {
  const wanted = tables.map(
    ({ schema, table }) => `select ${mysql.literal(schema)} as db, ${mysql.literal(table)} as tab`,
  );
  return {
    title: 'Tables that DMS can copy',
    why: 'A table that is spelled otherwise is left out without a word.',
    where: 'source database',
    check: `select
  wanted.db as table_schema,
  wanted.tab as table_name,
  t.table_type,
  t.engine,
  (select count(*) from information_schema.table_constraints as c
    where c.table_schema = t.table_schema and c.table_name = t.table_name and c.constraint_type = 'PRIMARY KEY') as primary_keys,
  (select count(*) from information_schema.referential_constraints as r
    where r.constraint_schema = t.table_schema and r.table_name = t.table_name
      and (r.delete_rule in ('CASCADE', 'SET NULL') or r.update_rule in ('CASCADE', 'SET NULL'))) as cascading_keys,
  (select count(*) from information_schema.columns as c
    where c.table_schema = t.table_schema and c.table_name = t.table_name and c.generation_expression <> '') as generated_columns
from (
  ${wanted.join('\n  union all ')}
) as wanted
left join information_schema.tables as t on t.table_schema = wanted.db and t.table_name = wanted.tab
order by 1, 2;`,
    answers: [...KINDS, ...(fullLoadOnly ? [] : CHANGES)],
    see: MYSQL_GUIDE,
  };
}

const KINDS: readonly Answer[] = [
  { answer: 'table_type BASE TABLE', means: 'ready' },
  {
    answer: 'table_type NULL',
    means: 'there is no such table, or you may not see it; `source` must be spelled as the server does',
  },
  { answer: 'table_type VIEW or SYSTEM VERSIONED', means: 'DMS does not copy it' },
];

const CHANGES: readonly Answer[] = [
  { answer: 'primary_keys 0', means: 'make sure that `keys` of the table tell its rows apart' },
  {
    answer: 'cascading_keys above 0',
    means: 'what the server deletes or changes by itself is not in the log, and the history misses it',
  },
  {
    answer: 'generated_columns above 0',
    means: 'their changes do not arrive: put them into `excludeColumns`',
  },
];
