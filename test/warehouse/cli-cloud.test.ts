import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { ingestTable } from '../../lib/ingest/ingest-table.ts';
import { openWorkspace } from '../../lib/open-workspace.ts';
import { createProject, parseLines } from '../e2e/cli-process.ts';
import type { Ended } from '../helpers/program.ts';
import { personOf } from '../e2e/person.ts';
import { cdcFileName, change, writeChangeFile } from '../helpers/change-files.ts';
import { describeWithMoto } from '../helpers/describe-with-moto.ts';
import { type Moto, motoS3 } from '../helpers/moto.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import type { Warehouse } from './bench/warehouse.ts';
import { onWarehouse } from './warehouse-config.ts';

const BUCKET = 'acme-lake';
const COLUMNS = [
  { name: 'id', type: { kind: 'int', bits: 32 } },
  { name: 'name', type: { kind: 'string' } },
] as const;

/** What a person writes whose token is in Secrets Manager. */
const written = (warehouse: Warehouse, schema: string, token: string): string =>
  stringify({
    name: 'shop',
    region: 'eu-central-1',
    catalog: 'spark_catalog',
    schema,
    bucket: BUCKET,
    engine: {
      kind: 'databricks',
      host: warehouse.host,
      port: warehouse.port,
      httpPath: `/${warehouse.path.replace(/^\//, '')}`,
      auth: { token },
      caFile: warehouse.caFile,
    },
    storage: { kind: 's3', prefix: 'landing' },
    cloud: { profile: 'shop' },
    tables: [{ name: 'customer', source: 'dbo.Customer', keys: ['id'], history: 'every-change' }],
  });

/** A file of two changes of one customer. */
async function writeTwoChanges(path: string): Promise<void> {
  await writeChangeFile(path, {
    columns: COLUMNS,
    changes: [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: "O'Hara ü" }),
      change({ op: 'U', at: '11:00', seq: 2, id: 1, name: null }),
    ],
  });
}

/** Applies it as the pipeline would have: Spark sees folders of this machine and not the bucket. */
async function ingestBefore(yaml: string, warehouse: Warehouse, schema: string): Promise<Uint8Array> {
  const root = await mkdtemp(join(tmpdir(), 'tidemark-before-'));
  const { config } = parseConfig(yaml, { baseDir: root });
  const storage = { kind: 'local', root } as const;
  const ws = await openWorkspace(onWarehouse({ ...config, storage }, warehouse, schema));
  try {
    await mkdir(join(root, 'customer_incoming'));
    const path = join(root, 'customer_incoming', cdcFileName(1));
    await writeTwoChanges(path);
    const content = await readFile(path);
    const report = await ingestTable(ws.ingestDeps(ws.config.tables[0]!));
    expect(report).toMatchObject({ files: 1, error: null });
    return content;
  } finally {
    await ws.close();
    await rm(root, { recursive: true, force: true });
  }
}

async function storeSecret({ endpoint, region, credentials }: Moto, value: string): Promise<string> {
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: 'lake', SecretString: value }));
  client.destroy();
  return ARN;
}

const tablesOf = ({ stdout }: Ended): unknown => JSON.parse(stdout).tables;

describeWithWarehouse('tidemark on a laptop', (warehouse) => {
  describeWithMoto('and a pipeline in the cloud', (moto) => {
    it('reads the histories, the bucket and the secret as the profile of the configuration', async () => {
      const schema = freshSchema();
      const yaml = written(warehouse(), schema, await storeSecret(moto(), warehouse().token));
      const content = await ingestBefore(yaml, warehouse(), schema);
      const s3 = motoS3(moto());
      const where = { LocationConstraint: 'eu-central-1' } as const;
      await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: where }));
      const put = (place: string, path: string, body: Uint8Array | string) =>
        s3.send(
          new PutObjectCommand({ Bucket: BUCKET, Key: `landing/dbo/customer_${place}/${path}`, Body: body }),
        );
      await put('processed', `1/${cdcFileName(1)}`, content);
      await put('incoming', cdcFileName(3), content);
      await put('rejected', cdcFileName(2), content);
      const project = await createProject(yaml);
      const env = await personOf(project, moto());
      const run = (...args: string[]): Promise<Ended> => project.run(args, env);

      const status = await run('status', '--json');
      const snapshot = await run('snapshot', 'customer', '--format', 'ndjson');
      const verify = await run('verify', '--json');
      const rejected = await run('rejected', 'customer', '--json');
      const released = await run('release', 'customer');
      const here = await run('ingest', '--here', '--json');

      expect(status).toMatchObject({ code: 0, stderr: '' });
      expect(tablesOf(status)).toMatchObject([
        { waiting: 1, rejected: 1, lastBatch: { id: '1', files: 1, rows: 2 }, rows: 2, currentRows: 1 },
      ]);
      expect(parseLines(snapshot.stdout)).toEqual([{ id: 1, name: null }]);
      expect(verify.code).toBe(0);
      expect(tablesOf(verify)).toMatchObject([{ healthy: true }]);
      expect(JSON.parse(rejected.stdout).rejected).toMatchObject([{ path: cdcFileName(2), code: 'UNKNOWN' }]);
      expect(released).toEqual({
        code: 0,
        signal: null,
        stdout: `${cdcFileName(2)}\n`,
        stderr:
          '1 file released. The pipeline hears of them and takes them up; "tidemark ingest --wait" waits for that.\n',
      });
      // Both files were found and asked for; only Databricks itself can read volumes.
      expect(tablesOf(here)).toMatchObject([{ waiting: 2, error: { code: 'ENGINE_UNSUPPORTED' } }]);
      s3.destroy();
      await project.remove();
    }, 300_000);
  });
});
