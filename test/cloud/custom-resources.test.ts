import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReplicationKind } from '../../lib/dms/dms-port.ts';
import type { ReplicationDefinition } from '../../lib/dms/lifecycle-event.ts';
import { bundleModule } from '../../lib/infra/function-code-bundle.ts';
import { startDmsServer } from '../helpers/dms-server.ts';
import { createDmsStandIn } from '../helpers/dms-stand-in.ts';
import { createStack, type LifecycleCall } from '../unit/dms/stack-driver.ts';
import { createLocalFunction } from './local-function.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KINDS: readonly ReplicationKind[] = ['serverless', 'standard'];
const BUNDLE = bundleModule(ROOT, 'lambda/dms-lifecycle.ts');

describe('the bundled function of replications, through its Runtime API and the SDK', () => {
  let folder: string;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-lifecycle-'));
    await writeFile(join(folder, 'index.mjs'), BUNDLE['index.mjs']);
    await writeFile(join(folder, 'config.json'), '{"name":"shop","region":"eu-central-1"}');
    closing.push(() => rm(folder, { recursive: true, force: true }));
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it.each(KINDS)('starts, stops, resumes and takes leave of a %s replication', async (kind) => {
    const dms = createDmsStandIn({ kind });
    const server = await startDmsServer(dms);
    const lifecycle = createLocalFunction({
      name: 'dms-lifecycle',
      folder,
      handler: 'index.handler',
      memoryMb: 256,
      timeoutMs: 60_000,
      env: {
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'x',
        AWS_SECRET_ACCESS_KEY: 'x',
        AWS_ENDPOINT_URL: server.url,
        AWS_LAMBDA_LOG_FORMAT: 'JSON',
      },
    });
    closing.push(server.close, () => lifecycle.stop());
    const call: LifecycleCall = async (event) => {
      const outcome = await lifecycle.invoke(event);
      if (outcome.kind === 'answered') return outcome.payload as Awaited<ReturnType<LifecycleCall>>;
      throw new Error(outcome.kind === 'failed' ? outcome.errorMessage : outcome.how);
    };
    const stack = createStack(dms, { call });
    const complete = { status: 'COMPLETE', reason: '' };

    expect(await stack.deploy(definition(kind, 'first'))).toEqual(complete);
    dms.advance(3600);
    expect(dms.status()).toBe('running');
    expect(await stack.deploy(definition(kind, 'second'))).toEqual(complete);
    dms.advance(3600);
    expect(dms.calls).toEqual(expect.arrayContaining(['stop', 'modify', 'start resume-processing']));
    expect(await stack.deploy({ ...definition(kind, 'second'), running: false })).toEqual(complete);
    expect(dms.status()).toBe('stopped');
    expect(lifecycle.lines.filter(({ level }) => level === 'ERROR')).toEqual([]);
    expect(lifecycle.lines.map(({ message }) => message)).toContain('Event begun');
  });

  it('tells CloudFormation of an event that nobody can follow', async () => {
    const broken = createLocalFunction({
      name: 'dms-lifecycle',
      folder,
      handler: 'index.handler',
      memoryMb: 256,
      timeoutMs: 60_000,
      env: { AWS_REGION: 'eu-central-1' },
    });
    closing.push(() => broken.stop());

    expect(await broken.invoke({ RequestType: 'Create', RequestId: 'r', ResourceProperties: {} })).toEqual({
      kind: 'failed',
      errorType: 'TerminalError',
      errorMessage: expect.stringContaining('(DMS_EVENT_INVALID)'),
    });
  });
});

function definition(kind: ReplicationKind, text: string): ReplicationDefinition {
  return {
    replication: 'crm',
    identity: {
      kind,
      identifier: 'shop-crm',
      migration: 'full-load-and-cdc',
      others: { database: 'crm' },
    },
    running: true,
    tables: ['dbo.customer'],
    definition: text,
  };
}
