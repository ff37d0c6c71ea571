import { pgsql } from '../quote.ts';
import type { PrerequisiteRequest, Step } from '../source.ts';
import { POSTGRES_GUIDE } from './facts.ts';

/** That the server writes a log that can be decoded, lets DMS in, and has room for its slot. */
export function serverSteps(request: PrerequisiteRequest): Step[] {
  const access = request.source.hosting === 'self-managed' ? [hostAccess(request)] : [];
  return [parameters(request), ...access, slots(request), openTransactions()];
}

const CHECKED = [
  'wal_level',
  'max_replication_slots',
  'max_wal_senders',
  'wal_sender_timeout',
  'max_slot_wal_keep_size',
];

function parameters({ source }: PrerequisiteRequest): Step {
  const checked = [...CHECKED, ...(source.hosting === 'aurora' ? ['synchronous_commit'] : [])];
  return {
    title: 'A log that can be decoded',
    why: `DMS reads changes by logical decoding. ${
      source.hosting === 'self-managed'
        ? 'Restart the server afterwards. Every task takes a slot and a sender.'
        : 'Reboot the instance afterwards: rds.logical_replication is static, and sets wal_level.'
    }`,
    ...place(source.hosting),
    check: `select name, setting,
  case name
    when 'wal_level' then case when setting = 'logical' then 'ready' else 'changes cannot be decoded' end
    when 'max_replication_slots' then case when setting::int > 1 then 'ready' else 'too few' end
    when 'max_wal_senders' then case when setting::int > 1 then 'ready' else 'too few' end
    when 'wal_sender_timeout' then case
      when setting::int = 0 or setting::int between 10000 and 300000 then 'ready'
      else 'DMS fails below 10 s, and waits long after a failover above 5 min' end
    when 'max_slot_wal_keep_size' then case when setting::int = -1 then 'ready' else 'may drop log that DMS has not read' end
    when 'synchronous_commit' then case when setting = 'on' then 'ready' else 'Aurora wants it on' end
  end as verdict
from pg_catalog.pg_settings
where name in (${checked.map(pgsql.literal).join(', ')})
order by name;`,
    answers: [
      { answer: 'ready in every row', means: 'ready' },
      {
        answer: 'changes cannot be decoded',
        means: 'wal_level is not logical, or the server was not restarted since',
      },
      { answer: 'too few', means: 'raise it above 1, and above what other tasks and replicas take' },
      { answer: 'any other verdict', means: 'what the setting does to DMS as it is' },
      {
        answer: 'a parameter is not listed',
        means: 'the version has none: max_slot_wal_keep_size came with 13',
      },
    ],
    see: POSTGRES_GUIDE,
  };
}

function place(hosting: PrerequisiteRequest['source']['hosting']): Pick<Step, 'where' | 'sql' | 'settings'> {
  if (hosting === 'rds')
    return { where: 'RDS parameter group', settings: { 'rds.logical_replication': '1' } };
  if (hosting === 'aurora') {
    const settings = { 'rds.logical_replication': '1', synchronous_commit: 'on' };
    return { where: 'DB cluster parameter group', settings };
  }
  return { where: 'server configuration', sql: `alter system set wal_level = 'logical';` };
}

function hostAccess({ source, user }: PrerequisiteRequest): Step {
  const database = hbaName(source.database);
  const login = hbaName(user);
  return {
    title: 'A way in for DMS',
    why: 'Add these lines to pg_hba.conf, with the addresses that DMS comes from, and reload. "md5" takes passwords kept as SCRAM too.',
    where: 'server configuration',
    settings: {
      'pg_hba.conf, for the tables': `${source.tls === 'none' ? 'host' : 'hostssl'} ${database} ${login} <address of DMS>/32 md5`,
      'pg_hba.conf, for the log': `${source.tls === 'none' ? 'host' : 'hostssl'} replication ${login} <address of DMS>/32 md5`,
    },
    check: `select line_number, type, database, user_name, address, auth_method, error
from pg_catalog.pg_hba_file_rules
where error is not null or user_name && array[${pgsql.literal(user)}, 'all']
order by line_number;`,
    answers: [
      { answer: 'lines for the user and the addresses of DMS, error NULL', means: 'ready' },
      { answer: 'error is not NULL', means: 'the line is wrong and the file was not loaded' },
      { answer: 'no line for the addresses of DMS', means: 'DMS cannot connect' },
    ],
    see: POSTGRES_GUIDE,
  };
}

/** A name in pg_hba.conf: quoted, so that no keyword is meant by it. */
function hbaName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function slots({ source: { slot } }: PrerequisiteRequest): Step {
  const own = slot === undefined ? null : pgsql.literal(slot);
  return {
    title: own === null ? 'A free replication slot' : 'The replication slot',
    why:
      own === null
        ? 'DMS makes a slot when the task first starts and drops it with the task. A slot that nobody reads keeps the log until the disk is full.'
        : 'The task uses this slot and none of its own; it counts from the start of the task, not of the slot.',
    where: 'source database',
    ...(own !== null && {
      sql: `select pg_catalog.pg_create_logical_replication_slot(${own}, 'test_decoding')
where not exists (select 1 from pg_catalog.pg_replication_slots where slot_name = ${own});`,
    }),
    check:
      own === null
        ? `select
  current_setting('max_replication_slots')::int - (select count(*) from pg_catalog.pg_replication_slots) as free_slots,
  (select count(*) from pg_catalog.pg_replication_slots where not active) as slots_nobody_reads;`
        : `select slot_name, plugin, database, active, restart_lsn
from pg_catalog.pg_replication_slots
where slot_name = ${own};`,
    answers:
      own === null
        ? [
            { answer: 'free_slots above 0', means: 'ready' },
            { answer: 'free_slots 0', means: 'raise max_replication_slots, or drop slots that nobody reads' },
            {
              answer: 'slots_nobody_reads above 0',
              means: 'each keeps the log: drop those whose reader will not come back',
            },
          ]
        : [
            { answer: 'a row with plugin test_decoding and this database', means: 'ready' },
            { answer: 'active true before the task runs', means: 'somebody else reads it' },
            { answer: 'no rows', means: 'it is missing, and the task fails' },
          ],
    see: POSTGRES_GUIDE,
  };
}

function openTransactions(): Step {
  return {
    title: 'Nothing left open when the task starts',
    why: 'A slot is made only once every transaction that is open at the moment has ended.',
    where: 'source database',
    check: `select
  (select count(*) from pg_catalog.pg_prepared_xacts) as prepared,
  (select count(*) from pg_catalog.pg_stat_activity where xact_start < now() - interval '10 minutes') as older_than_10_minutes;`,
    answers: [
      { answer: '0 and 0', means: 'ready' },
      {
        answer: 'above 0',
        means: 'commit or roll them back before the task starts, or it waits and may fail',
      },
    ],
    see: guideOfAssessments,
  };
}

const guideOfAssessments =
  'https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.AssessmentReport.PG.html';
