import { afterEach, describe, expect, it } from 'vitest';
import { createSecretReader } from '../../../lib/aws/read-secret.ts';
import { createSecretLookup } from '../../../lib/aws/secret-lookup.ts';
import { TerminalError, TransientError } from '../../../lib/errors.ts';
import { ingestMessages } from '../../../lib/functions/ingest.ts';
import type { QueueRecord } from '../../../lib/functions/queue-batch.ts';
import { readLastFailure } from '../../../lib/operations/last-failure.ts';
import type { Engine, FileStore } from '../../../lib/ports.ts';
import { keepWarehouse } from '../../../lib/warehouse-workspace.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { cloudConfig } from '../../helpers/cloud-config.ts';
import { type FunctionLab, type FunctionLabOptions, openFunctionLab } from './function-lab.ts';

let lab: FunctionLab;
afterEach(() => lab.close());

const AMPLE = () => 900_000;
const FILE = '20260501-115900000000001.parquet';
const NEXT_FILE = '20260501-115900000000002.parquet';

const ring = (table: string, more: Partial<QueueRecord> = {}): QueueRecord => ({
  messageId: `about-${table}`,
  body: JSON.stringify({ table }),
  attributes: { ApproximateReceiveCount: '1', MessageGroupId: table },
  ...more,
});
const ingest = (records: readonly QueueRecord[], timeLeft: () => number = AMPLE) =>
  ingestMessages(lab.scope, records, timeLeft);
const open = async (options?: FunctionLabOptions): Promise<FunctionLab> => {
  lab = await openFunctionLab(options);
  return lab;
};

const appliedBatches = (): number => lab.lines.filter(({ message }) => message === 'applied a batch').length;

/** An engine whose merges fail so; other statements work. */
const failing =
  (error: () => Error) =>
  (engine: Engine): Engine => ({
    ...engine,
    tagged: (tags) => failing(error)(engine.tagged(tags)),
    transaction: () => Promise.reject(error()),
  });

describe('ingestMessages', () => {
  it('takes the waiting files of the table into its history and says so in metrics and one line', async () => {
    await open();
    await lab.arrives('customer', FILE);
    await lab.arrives('customer', NEXT_FILE, { id: '2' });

    expect(await ingest([ring('customer')])).toEqual({ batchItemFailures: [] });

    expect(await lab.files('customer', 'incoming')).toEqual([]);
    expect(await lab.files('customer', 'processed')).toHaveLength(2);
    expect(lab.samples).toEqual([
      'BatchesApplied 1',
      'FilesApplied 2',
      'RowsApplied 2',
      'VersionsOpened 2',
      'VersionsClosed 0',
      'RowsUpdated 0',
      'Tombstones 0',
      'ChangesUnchanged 0',
      'ChangesStale 0',
      'ChangesAmbiguous 0',
      'IngestRetries 0',
      'SourceLag/customer 60',
      'FilesRejected 0',
      'IngestFailures 0',
      'IngestSeconds 0',
    ]);
    expect(lab.lines).toEqual([
      {
        level: 'info',
        message: 'applied a batch',
        fields: { table: 'customer', batchId: '1', files: 2, rows: 2 },
      },
      {
        level: 'info',
        message: 'ingested',
        fields: {
          table: 'customer',
          batches: 1,
          files: 2,
          alreadyApplied: 0,
          rows: 2,
          opened: 2,
          closed: 0,
          updated: 0,
          tombstones: 0,
          unchanged: 0,
          stale: 0,
          ambiguous: 0,
          rejected: 0,
          waiting: 0,
          lagSeconds: 60,
          seconds: 0,
          code: null,
        },
      },
    ]);
    expect(lab.sent('bell')).toEqual([]);
  });

  it('does nothing when nothing waits, and rings nobody', async () => {
    await open({ config: { exports: [serving(300)] } });

    expect(await ingest([ring('customer')])).toEqual({ batchItemFailures: [] });

    expect(lab.samples).toContain('BatchesApplied 0');
    expect(lab.samples.filter((sample) => sample.startsWith('SourceLag'))).toEqual([]);
    expect(lab.sent('bell')).toEqual([]);
  });

  it('puts a bad file aside, counts it for the table, and takes the others', async () => {
    await open();
    await lab.arrives('customer', FILE, { keyless: true });
    await lab.arrives('customer', NEXT_FILE);

    expect(await ingest([ring('customer')])).toEqual({ batchItemFailures: [] });

    expect(await lab.files('customer', 'rejected')).toContain(FILE);
    expect(lab.samples).toEqual(
      expect.arrayContaining(['FilesRejected/customer 1', 'FilesApplied 1', 'IngestFailures 0']),
    );
    expect(lab.lines.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'file rejected',
        fields: { table: 'customer', path: FILE, code: 'COLUMN_MISSING' },
      },
    ]);
  });
});

const serving = (afterIngest: number | null, tables = ['customer']) => ({
  name: 'serving',
  connection: '${env:PG_URL}',
  tables,
  ...(afterIngest === null ? {} : { afterIngest }),
});

describe('ingestMessages rings', () => {
  it('exports that follow new batches of the table, at the end of their window', async () => {
    const exports = [
      serving(300),
      { ...serving(60), name: 'quick', targetSchema: 'quick' },
      { ...serving(null), name: 'by-hand', targetSchema: 'by_hand' },
      { ...serving(300, ['orders']), name: 'of-orders' },
    ];
    const tables = ['customer', 'orders'].map((name) => ({ name, keys: ['id'] }));
    await open({ config: { tables, exports }, now: '2026-05-01T12:04:00.000000Z' });
    await lab.arrives('customer', FILE);

    await ingest([ring('customer')]);

    const minute = Date.parse('2026-05-01T12:04:00Z') / 60_000;
    expect(lab.sent('bell').map(({ body, delaySeconds }) => [JSON.parse(body), delaySeconds])).toEqual([
      [{ export: ['serving'], after: { windowSeconds: 300, window: Math.floor(minute / 5) } }, 65],
      [{ export: ['quick'], after: { windowSeconds: 60, window: minute } }, 65],
    ]);
  });

  it('exports also when an earlier call of the message was killed and may have told nobody', async () => {
    await open({ config: { exports: [serving(300)] } });

    await ingest([ring('customer', { attributes: { ApproximateReceiveCount: '2' } })]);

    expect(lab.sent('bell')).toHaveLength(1);
  });

  it('for itself when files are left because time is short', async () => {
    await open({ config: { batch: { maxFiles: 1 } } });
    await lab.arrives('customer', FILE);
    await lab.arrives('customer', NEXT_FILE, { id: '2' });
    let left = 100_000;

    const answer = await ingest([ring('customer')], () => {
      left -= 10;
      return appliedBatches() > 0 ? 59_000 : left;
    });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await lab.files('customer', 'incoming')).toEqual([NEXT_FILE]);
    expect(lab.sent('bell')).toEqual([{ body: '{"ring":["customer"]}' }]);
  });

  it('for itself when a batch was cut short after another was applied', async () => {
    const cut = new TransientError('TIME_IS_UP', 'There is no time left.');
    const around = (engine: Engine): Engine => ({
      ...engine,
      tagged: (tags) => around(engine.tagged(tags)),
      transaction: (work) => (appliedBatches() > 0 ? Promise.reject(cut) : engine.transaction(work)),
    });
    await open({ config: { batch: { maxFiles: 1 } }, around });
    await lab.arrives('customer', FILE);
    await lab.arrives('customer', NEXT_FILE, { id: '2' });

    expect(await ingest([ring('customer')])).toEqual({ batchItemFailures: [] });

    expect(lab.sent('bell')).toEqual([{ body: '{"ring":["customer"]}' }]);
    expect(lab.samples).toContain('IngestRetries 1');
  });

  it('and is shown the message again when nobody could be rung', async () => {
    await open({ config: { exports: [serving(300)] } });
    await lab.arrives('customer', FILE);
    lab.breakQueue('bell');

    const record = ring('customer');
    expect(await ingest([record])).toEqual({ batchItemFailures: [{ itemIdentifier: record.messageId }] });

    lab.breakQueue(null);
    const again = { ...record, attributes: { ApproximateReceiveCount: '2' } };
    expect(await ingest([again])).toEqual({ batchItemFailures: [] });
    expect(lab.sent('bell')).toHaveLength(1);
  });
});

describe('ingestMessages, when something fails', () => {
  it('is shown the message and all behind it again after an error that may pass', async () => {
    await open({
      config: { tables: ['customer', 'orders'].map((name) => ({ name, keys: ['id'] })) },
      around: failing(() => new TransientError('WAREHOUSE_BUSY', 'It is full. Run again.')),
    });
    await lab.arrives('customer', FILE);

    expect(await ingest([ring('customer'), ring('orders')])).toEqual({
      batchItemFailures: [{ itemIdentifier: 'about-customer' }, { itemIdentifier: 'about-orders' }],
    });

    expect(await lab.files('customer', 'incoming')).toEqual([FILE]);
    expect(lab.sent('dead-letters')).toEqual([]);
    expect(lab.samples).toEqual(expect.arrayContaining(['IngestRetries 1', 'IngestFailures 0']));
    expect(lab.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { code: 'WAREHOUSE_BUSY', messageId: 'about-customer' },
    });
  });

  it('is shown the message again while another has the table', async () => {
    await open();
    await lab.arrives('customer', FILE);
    const other = await lab.ws.ledger.claim('customer', 'another');

    expect(await ingest([ring('customer')])).toEqual({
      batchItemFailures: [{ itemIdentifier: 'about-customer' }],
    });
    await lab.ws.ledger.release(other);
    expect(await ingest([ring('customer')])).toEqual({ batchItemFailures: [] });

    expect(await lab.files('customer', 'incoming')).toEqual([]);
  });

  it('puts the message aside at once, with the reason, after an error that a person has to mend', async () => {
    const error = () => new TerminalError('PERMISSION_DENIED', 'May not merge. Grant MODIFY.');
    await open({ around: failing(error) });
    await lab.arrives('customer', FILE);

    expect(await ingest([ring('customer')])).toEqual({ batchItemFailures: [] });

    expect(await lab.files('customer', 'incoming')).toEqual([FILE]);
    expect(lab.sent('dead-letters')).toEqual([
      {
        body: '{"table":"customer"}',
        groupId: 'customer',
        deduplicationId: 'about-customer',
        attributes: { code: 'PERMISSION_DENIED', reason: 'May not merge. Grant MODIFY.' },
      },
    ]);
    expect(lab.samples).toEqual(expect.arrayContaining(['IngestRetries 0', 'IngestFailures/customer 1']));
    const line = lab.lines.find(({ level }) => level === 'error');
    expect(line?.fields).toMatchObject({
      code: 'PERMISSION_DENIED',
      reason: 'May not merge. Grant MODIFY.',
      messageId: 'about-customer',
    });
  });

  it('is shown the message again when it could not be put aside', async () => {
    await open({ around: failing(() => new TerminalError('PERMISSION_DENIED', 'May not merge.')) });
    await lab.arrives('customer', FILE);
    lab.breakQueue('dead-letters');

    expect(await ingest([ring('customer')])).toEqual({
      batchItemFailures: [{ itemIdentifier: 'about-customer' }],
    });
  });

  it('counts a warehouse that cannot be opened as a run that failed, and leaves word of it with the files', async () => {
    await open();
    const store = lab.ws.store(lab.ws.table('customer'));
    expect(await readLastFailure(store)).toBeNull();
    const scope = {
      ...lab.scope,
      workspace: () =>
        Promise.reject(new TerminalError('SECRET_UNREADABLE', 'Access denied. Give the right.')),
    };

    expect(await ingestMessages(scope, [ring('customer')], AMPLE)).toEqual({ batchItemFailures: [] });

    expect(lab.samples).toContain('IngestFailures/customer 1');
    expect(lab.sent('dead-letters')).toMatchObject([{ attributes: { code: 'SECRET_UNREADABLE' } }]);
    expect(await readLastFailure(store)).toEqual({
      at: '2026-05-01T12:00:00.000000Z',
      code: 'SECRET_UNREADABLE',
      message: 'Access denied. Give the right.',
      lasting: true,
    });
    expect(await lab.files('customer', 'rejected')).toEqual([]);
  });

  it('row 18: says of every secret that is not there where it is named, before anything is asked, and leaves the files', async () => {
    await open();
    await lab.arrives('customer', FILE);
    const config = cloudConfig();
    if (config.engine.kind !== 'databricks') throw new Error('a Databricks engine is asked for');
    const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:gone-GhIjKl';
    const engine = {
      ...config.engine,
      auth: { kind: 'oauth', clientId: { template: arn }, clientSecret: { template: `${arn}:secret` } },
    } as const;
    const send = async () => {
      throw Object.assign(new Error('topsecret'), { name: 'ResourceNotFoundException' });
    };
    const references = createSecretLookup({ env: {}, read: createSecretReader(() => ({ send })) });
    const workspace = async (): Promise<Workspace> => {
      const kept = await keepWarehouse({ ...config, engine }, engine, {
        references,
        stores: () => lab.scope.store,
      });
      return kept.within(AMPLE);
    };

    const answer = await ingestMessages({ ...lab.scope, workspace }, [ring('customer')], AMPLE);

    const reason = `engine.auth.clientId, engine.auth.clientSecret: The secret ${arn} cannot be read: there is no such secret or version. Check the ARN in the configuration.`;
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(lab.sent('dead-letters')).toMatchObject([{ attributes: { code: 'SECRET_UNREADABLE', reason } }]);
    expect(JSON.stringify(lab.lines)).not.toContain('topsecret');
    expect(await lab.files('customer', 'incoming')).toEqual([FILE]);
  });

  it('is done with the message as before when nobody can leave word', async () => {
    await open({ around: failing(() => new TransientError('WAREHOUSE_BUSY', 'Busy.')) });
    await lab.arrives('customer', FILE);
    const store = (): FileStore => {
      throw new TransientError('STORAGE_THROTTLED', 'Not now.');
    };

    expect(await ingestMessages({ ...lab.scope, store }, [ring('customer')], AMPLE)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'about-customer' }],
    });
    expect(lab.lines).toContainEqual({
      level: 'warn',
      message: 'could not leave word of a failed run',
      fields: { table: 'customer', code: 'STORAGE_THROTTLED' },
    });
  });

  it.each(['', 'not json', '{"tables":["customer"]}', '{"table":""}'])(
    'puts the unreadable message %j aside and works on the next',
    async (body) => {
      await open();
      await lab.arrives('customer', FILE);

      const answer = await ingest([ring('customer', { messageId: 'odd', body }), ring('customer')]);

      expect(answer).toEqual({ batchItemFailures: [] });
      expect(lab.sent('dead-letters')).toMatchObject([{ body, attributes: { code: 'RING_UNREADABLE' } }]);
      expect(await lab.files('customer', 'incoming')).toEqual([]);
    },
  );
});

describe('ingestMessages leaves alone', () => {
  it('a table that the configuration does not have any more', async () => {
    await open();

    expect(await ingest([ring('gone')])).toEqual({ batchItemFailures: [] });

    expect(lab.samples).toEqual([]);
    expect(lab.lines).toMatchObject([{ level: 'warn', fields: { table: 'gone' } }]);
  });

  it('a paused table and its files', async () => {
    await open({
      adapt: (config) => ({ ...config, tables: config.tables.map((table) => ({ ...table, paused: true })) }),
    });
    await lab.arrives('customer', FILE);

    expect(await ingest([ring('customer')])).toEqual({ batchItemFailures: [] });

    expect(await lab.files('customer', 'incoming')).toEqual([FILE]);
    expect(lab.samples).toEqual([]);
  });
});
