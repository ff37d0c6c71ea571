import { afterEach, describe, expect, it } from 'vitest';
import type { ExecutionStarter } from '../../../lib/bell/execution-starter.ts';
import { TransientError } from '../../../lib/errors.ts';
import { exportMessages } from '../../../lib/functions/export.ts';
import { runIdOf } from '../../../lib/functions/export-tables.ts';
import type { QueueRecord } from '../../../lib/functions/queue-batch.ts';
import { openTarget } from '../../../lib/export/run-export.ts';
import { planShared } from '../../../lib/export/share-export.ts';
import type { SnapshotTarget } from '../../../lib/ports.ts';
import { crmRing, type ExportLab, openExportLab } from './export-lab.ts';

let lab: ExportLab;

const AMPLE = () => 900_000;
/** Enough to begin, and too little for a single row. */
const SCANTY = () => 0.01;
const DONE = { batchItemFailures: [] };
const AGAIN = { batchItemFailures: [{ itemIdentifier: 'asked-once' }] };

interface Started {
  readonly machine: string;
  readonly name: string;
  readonly input: unknown;
}

function exporting(
  records: readonly QueueRecord[],
  timeLeft: () => number = AMPLE,
  started: Started[] = [],
  start?: ExecutionStarter['start'],
) {
  const executions: ExecutionStarter = {
    start: start ?? (async (machine, name, input) => void started.push({ machine, name, input })),
  };
  return exportMessages(lab.scope, records, { timeLeft, executions });
}

async function withTarget<T>(work: (target: SnapshotTarget) => Promise<T>): Promise<T> {
  const target = await openTarget(lab.ws, lab.ws.config.exports[0]!);
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}

/** Another execution that has begun with a table. */
const begin = (table: string, id: string) =>
  withTarget((target) =>
    planShared({ ws: lab.ws, settings: lab.ws.config.exports[0]!, target, table: lab.ws.table(table) }, id),
  );
const kinds = () =>
  lab.lines
    .filter(({ message }) => message === 'exported a table')
    .map(({ fields }) => [fields.table, fields.kind]);
const retried = (count: number, sent = '1746000000000') =>
  crmRing({
    attributes: { ApproximateReceiveCount: String(count), MessageGroupId: 'crm', SentTimestamp: sent },
  });

describe('exportMessages', () => {
  afterEach(() => lab.close());

  it('sends every table of the export, says so in metrics, and tells the ledger what it sent', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1', '2');
    await lab.ingest('order', '7');

    expect(await exporting([crmRing()])).toEqual(DONE);

    expect([await lab.sentIds('customer'), await lab.sentIds('order')]).toEqual([['1', '2'], ['7']]);
    expect(lab.samples).toEqual(['ExportSeconds/crm 0', 'ExportRows/crm 3', 'ExportFailures/crm 0']);
    expect(lab.lines.at(-1)).toEqual({
      level: 'info',
      message: 'exported',
      fields: { export: 'crm', tables: 2, sent: 2, started: 0, failed: 0, rows: 3, seconds: 0 },
    });
    expect(await lab.ws.ledger.unsent([{ export: 'crm', table: 'customer' }])).toEqual([]);
    expect(lab.sent('dead-letters')).toEqual([]);
  });

  it('sends what changed with the next message', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    await exporting([crmRing()]);
    await lab.ingest('customer', '2');

    expect(await exporting([crmRing({ messageId: 'asked-again' })])).toEqual(DONE);

    expect(await lab.sentIds('customer')).toEqual(['1', '2']);
    expect(lab.samples).toContain('ExportRows/crm 1');
  });

  it('leaves a table alone that has no history yet', async () => {
    lab = await openExportLab();
    await lab.ingest('order', '7');

    expect(await exporting([crmRing()])).toEqual(DONE);

    expect(kinds()).toEqual([
      ['customer', 'nothing'],
      ['order', 'sent'],
    ]);
    expect(await lab.sentIds('customer')).toBeNull();
  });

  it('lets go of a message for an export that the configuration does not have', async () => {
    lab = await openExportLab();

    expect(await exporting([crmRing({ body: '{"export":"gone"}' })])).toEqual(DONE);

    expect(lab.lines).toEqual([
      {
        level: 'warn',
        message: 'left an export alone: the configuration has no such export',
        fields: { export: 'gone' },
      },
    ]);
  });

  it('puts a message aside that nobody can read', async () => {
    lab = await openExportLab();

    expect(await exporting([crmRing({ body: 'no message of ours' })])).toEqual(DONE);

    expect(lab.sent('dead-letters')).toMatchObject([{ attributes: { code: 'RING_UNREADABLE' } }]);
  });

  describe('with more rows than there is time for', () => {
    it('starts an execution for each table, and sends nothing itself', async () => {
      lab = await openExportLab();
      await lab.ingest('customer', '1');
      await lab.ingest('order', '7');
      const started: Started[] = [];

      expect(await exporting([crmRing()], SCANTY, started)).toEqual(DONE);

      expect(started).toEqual(
        ['customer', 'order'].map((table) => {
          const runId = runIdOf('asked-once', 'crm', table);
          return { machine: 'export-machine', name: runId, input: { export: 'crm', table } };
        }),
      );
      expect(await lab.sentIds('customer')).toBeNull();
      expect(lab.samples).toEqual([]);
    });

    it('starts one under the same name when the message comes again', async () => {
      lab = await openExportLab();
      await lab.ingest('customer', '1');
      const started: Started[] = [];

      await exporting([crmRing()], SCANTY, started);
      await exporting([retried(2)], SCANTY, started);

      expect(new Set(started.map(({ name }) => name)).size).toBe(1);
    });

    it('starts none for a table that its own execution is sending', async () => {
      lab = await openExportLab();
      await lab.ingest('customer', '1');
      await begin('customer', runIdOf('asked-once', 'crm', 'customer'));
      const started: Started[] = [];

      expect(await exporting([retried(2)], SCANTY, started)).toEqual(DONE);

      expect(started).toEqual([]);
      expect(lab.sent('bell')).toEqual([]);
      expect(lab.samples).toEqual([]);
    });

    it('takes fewer rows for too many with each try, since it may have been the time', async () => {
      lab = await openExportLab();
      await lab.ingest('customer', '1');
      const started: Started[] = [];
      // A row may take a tenth of a millisecond: too long for a quarter of 60 % of this, and no more.
      const enough = () => 0.2;

      await exporting([retried(2)], enough, started);
      expect(started).toHaveLength(1);
      await exporting([crmRing()], enough, started);
      expect(started).toHaveLength(1);
      expect(await lab.sentIds('customer')).toEqual(['1']);
    });

    it('is shown the message again when no execution can be started now', async () => {
      lab = await openExportLab();
      await lab.ingest('customer', '1');
      const start = () => Promise.reject(new TransientError('EXECUTION_NOT_STARTED', 'not now'));

      expect(await exporting([crmRing()], SCANTY, [], start)).toEqual(AGAIN);
      expect(lab.samples).toEqual([]);
    });
  });

  it('asks for the export again some minutes later while another execution sends the table', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    await lab.ingest('order', '7');
    await begin('customer', 'of another message');

    expect(await exporting([crmRing()])).toEqual(DONE);

    expect(kinds()).toEqual([
      ['customer', 'under-way'],
      ['order', 'sent'],
    ]);
    expect(await lab.sentIds('order')).toEqual(['7']);
    expect(lab.sent('bell')).toEqual([
      { body: '{"export":["crm"],"after":{"windowSeconds":600,"window":2962728}}', delaySeconds: 605 },
    ]);
    expect(lab.samples).toEqual([]);
  });

  it('sends nothing twice when its message comes again, in full exports either', async () => {
    lab = await openExportLab({ now: '2026-05-01T12:00:00.000000Z' }, { mode: 'full' });
    await lab.ingest('customer', '1');
    await exporting([crmRing()]);
    lab.lines.splice(0);

    expect(await exporting([retried(2)])).toEqual(DONE);
    expect(kinds()).toContainEqual(['customer', 'had-it']);

    await lab.ingest('customer', '2');
    expect(await exporting([retried(3)])).toEqual(DONE);
    expect(kinds()).toContainEqual(['customer', 'sent']);
    expect(await lab.sentIds('customer')).toEqual(['1', '2']);
  });

  it('sends everything again to whoever asks after it was sent', async () => {
    lab = await openExportLab({}, { mode: 'full' });
    await lab.ingest('customer', '1');
    await exporting([crmRing()]);
    await lab.database.query('delete from shop.customer');

    await exporting([retried(1, String(Date.parse('2026-05-01T12:00:01Z')))]);

    expect(await lab.sentIds('customer')).toEqual(['1']);
  });

  it('sends the other tables when one cannot be, and puts the message aside with the reason', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    await lab.ingest('order', '7');
    await lab.database.query('create schema shop; create view shop.customer as select 1 as id');

    expect(await exporting([crmRing()])).toEqual(DONE);

    expect(await lab.sentIds('order')).toEqual(['7']);
    expect(lab.sent('dead-letters')).toMatchObject([
      { body: '{"export":"crm"}', groupId: 'crm', attributes: { code: 'TARGET_INCOMPATIBLE' } },
    ]);
    expect(lab.samples).toEqual(['ExportFailures/crm 1']);
  });

  it('is no failure that the target holds a newer batch', async () => {
    lab = await openExportLab({}, { mode: 'full' });
    await lab.ingest('customer', '1', '2');
    await exporting([crmRing()]);
    await lab.database.query('update shop._tidemark_watermarks set batch_id = 99');
    // A batch that this history never had is no newer one; so let it have had it.
    const scope = {
      ...lab.scope,
      workspace: async () => ({ ...lab.ws, ledger: { ...lab.ws.ledger, lastApplied: async () => 99n } }),
    };
    lab.samples.splice(0);

    const executions = { start: async () => {} };
    expect(await exportMessages(scope, [crmRing()], { timeLeft: AMPLE, executions })).toEqual(DONE);

    expect(lab.samples).toContain('ExportFailures/crm 0');
  });

  it('has the message shown again when the target cannot be reached, and counts that with the last try alone', async () => {
    lab = await openExportLab({
      adapt: (config) => ({
        ...config,
        exports: config.exports.map((one) => ({
          ...one,
          connection: { kind: 'url', url: { template: 'postgres://nobody@127.0.0.1:1/x' }, verifyTls: true },
        })),
      }),
    });
    await lab.ingest('customer', '1');

    expect(await exporting([crmRing()])).toEqual(AGAIN);
    expect(lab.samples).toEqual([]);
    expect(await exporting([retried(5)])).toEqual(AGAIN);
    expect(lab.samples).toEqual(['ExportFailures/crm 1']);
    expect(lab.sent('dead-letters')).toEqual([]);
  });

  it('begins no table without time for it, and goes on where it was', async () => {
    lab = await openExportLab({}, { mode: 'full' });
    await lab.ingest('customer', '1');
    await lab.ingest('order', '7');
    const untilTheFirst = () => (kinds().length === 0 ? 900_000 : 30_000);

    expect(await exporting([crmRing()], untilTheFirst)).toEqual(AGAIN);
    expect([await lab.sentIds('customer'), await lab.sentIds('order')]).toEqual([['1'], null]);
    expect(lab.samples).toEqual([]);

    expect(await exporting([retried(2)])).toEqual(DONE);
    expect([await lab.sentIds('customer'), await lab.sentIds('order')]).toEqual([['1'], ['7']]);
  });
});

describe('runIdOf', () => {
  it('is a name that Step Functions takes, whatever export and table are called', () => {
    const names = [
      ['crm', 'customer'],
      ['CRM "ü" 表', 'dbo.Order Line'],
      ['x'.repeat(200), 'y'],
      ['表', '表'],
    ].map(([name, table]) => runIdOf('id', name!, table!));

    expect(names.filter((name) => !/^[A-Za-z0-9_-]{1,80}$/.test(name))).toEqual([]);
    expect(names[0]).toMatch(/^crm-customer-[0-9a-f]{24}$/);
  });

  it('differs for another message, export or table', () => {
    const ids = [
      runIdOf('a', 'b', 'c'),
      runIdOf('x', 'b', 'c'),
      runIdOf('a', 'b c', ''),
      runIdOf('a', 'b', 'C'),
    ];

    expect(new Set(ids).size).toBe(4);
  });
});
