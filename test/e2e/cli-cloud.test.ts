import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CLOUD_YAML } from '../helpers/cloud-config.ts';
import { describeWithMoto } from '../helpers/describe-with-moto.ts';
import { motoS3 } from '../helpers/moto.ts';
import { createProject, type Project } from './cli-process.ts';
import { personOf } from './person.ts';

const BUCKET = 'acme-lake-sales-eu-central-1';
const INCOMING = 'landing/dbo/customer_incoming';
const REJECTED = 'landing/dbo/customer_rejected';

const [customer, lines] = CLOUD_YAML.tables;
const { account: _account, ...cloud } = CLOUD_YAML.cloud;
const CONFIG = {
  ...CLOUD_YAML,
  tables: [customer, { ...lines, paused: true }],
  cloud: { ...cloud, profile: 'shop' },
};

describeWithMoto('tidemark and a pipeline that is deployed', (moto) => {
  let project: Project;
  let s3: S3Client;
  let sqs: SQSClient;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    project = await createProject(stringify(CONFIG, { aliasDuplicateObjects: false }));
    env = await personOf(project, moto());
    const { endpoint, region, credentials } = moto();
    s3 = motoS3(moto());
    sqs = new SQSClient({ endpoint, region, credentials });
    await s3.send(
      new CreateBucketCommand({
        Bucket: BUCKET,
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    );
  });
  afterEach(async () => {
    s3.destroy();
    sqs.destroy();
    await project.remove();
  });

  const deploy = async (): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName: 'shop-bell' }))).QueueUrl!;
  const heard = async (url: string): Promise<string[]> => {
    const found = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
    return (found.Messages ?? []).map(({ Body: body = '' }) => body);
  };
  const put = (key: string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'x' }));
  const remove = (key: string) => s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));

  it('rings for all tables, for one, and for exports, and says how to follow', {
    timeout: 60_000,
  }, async () => {
    const bell = await deploy();

    const all = await project.run(['ingest'], env);
    const one = await project.run(['ingest', 'customer', '--json'], env);
    const sent = await project.run(['export'], env);
    const serving = await project.run(['export', 'serving', '--json'], env);

    expect(all).toMatchObject({
      code: 0,
      stdout: 'Rang shop-bell in eu-central-1 for all tables.\n',
      stderr:
        'The pipeline begins in about 1 min 10 s. "tidemark status" shows how it goes on; --wait waits for it.\n',
    });
    const rung = { queue: 'shop-bell', region: 'eu-central-1' };
    expect(JSON.parse(one.stdout)).toEqual({ rung: { ...rung, ring: ['customer'] }, tables: null });
    expect(sent.stdout).toBe('Rang shop-bell in eu-central-1 for all exports.\n');
    expect(JSON.parse(serving.stdout)).toEqual({ rung: { ...rung, export: ['serving'] }, exports: null });
    expect((await heard(bell)).sort()).toEqual([
      '{"export":"all"}',
      '{"export":["serving"]}',
      '{"ring":"all"}',
      '{"ring":["customer"]}',
    ]);
  });

  it('rings for no table that is paused', async () => {
    const bell = await deploy();

    const { code, stdout, stderr } = await project.run(['ingest', 'order_line'], env);

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Nothing was rung for.\n' });
    expect(stderr).toContain('warning order_line is paused');
    expect(await heard(bell)).toEqual([]);
  });

  it('waits until the files that waited are gone, and ends with 3 when one was rejected', async () => {
    const bell = await deploy();
    await put(`${INCOMING}/a.parquet`);
    await put(`${INCOMING}/b.parquet`);
    await put(`${REJECTED}/old.parquet`);

    const { ended } = project.start(['ingest', '--wait', '--json'], env);
    let calls: string[] = [];
    for (; calls.length === 0; calls = await heard(bell)) await sleep(50);
    await put(`${INCOMING}/later.parquet`);
    await put(`${REJECTED}/b.parquet`);
    await remove(`${INCOMING}/a.parquet`);
    await remove(`${INCOMING}/b.parquet`);
    const { code, stdout } = await ended;

    expect(calls).toEqual(['{"ring":"all"}']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout).tables).toEqual([
      { table: 'customer', files: 2, left: 0, rejected: 1, error: null },
    ]);
  }, 60_000);

  it('ends the wait when the run failed that was to take the files, with its reason', async () => {
    const bell = await deploy();
    await put(`${INCOMING}/a.parquet`);

    const { ended } = project.start(['ingest', 'customer', '--wait'], env);
    for (let calls: string[] = []; calls.length === 0; calls = await heard(bell)) await sleep(50);
    const failure = { at: '2026-05-01T12:00:00.000000Z', code: 'PERMISSION_DENIED', lasting: true };
    const Body = JSON.stringify({ ...failure, message: 'Principal x may not MODIFY the table. Grant it.' });
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${REJECTED}/_last-failure.json`, Body }));
    const { code, stdout } = await ended;

    expect(code).toBe(4);
    expect(stdout).toContain(
      'error RUN_FAILED: Table customer: 1 of 1 file waits, and the run that was to take them ended at 2026-05-01T12:00:00.000000Z with PERMISSION_DENIED: Principal x may not MODIFY the table. Grant it. Mend that, then ring again; so does the schedule (docs/runbook.md, "A table cannot be ingested").',
    );
  });

  it('refuses what a pipeline cannot be told, before it rings', async () => {
    const bell = await deploy();

    const bounded = await project.run(['ingest', '--max-files', '3'], env);
    const past = await project.run(['export', '--as-of', '2026-01-31', '--full'], env);
    const both = await project.run(['ingest', '--here', '--wait'], env);

    expect([bounded.code, past.code, both.code]).toEqual([2, 2, 2]);
    expect(bounded.stderr).toContain('NEEDS_HERE: --max-files: the pipeline in the cloud cannot be told so.');
    expect(past.stderr).toContain('NEEDS_HERE: --as-of, --full:');
    expect(await heard(bell)).toEqual([]);
  }, 60_000);

  it('says what to do where nothing is deployed, and where the profile is not there', async () => {
    const missing = await project.run(['ingest'], env);
    const unknown = await project.run(['ingest', '--profile', 'sohp'], env);
    const exported = await project.run(['export'], { ...env, AWS_PROFILE: 'phso' });

    expect(missing.code).toBe(4);
    expect(missing.stderr).toMatch(
      /^error BELL_MISSING: There is no queue shop-bell in eu-central-1\. Deploy/,
    );
    expect([unknown.code, exported.code]).toEqual([2, 2]);
    expect(unknown.stderr).toContain(
      `error AWS_PROFILE_UNKNOWN: The profile "sohp" that --profile names is neither in ${join(project.dir, 'none')} nor in ${join(project.dir, 'profiles')}. There are: shop. Name one of them`,
    );
    expect(exported.stderr).toContain('The profile "phso" that AWS_PROFILE names');
  }, 60_000);
});
