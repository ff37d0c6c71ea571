import { Duration } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { partsOf } from '../../lib/cloud-plan/parts.ts';
import type { Config } from '../../lib/config/config.ts';
import { PipelineMonitoring } from '../../lib/infra/monitoring.ts';
import { CLOUD_YAML, cloudConfig, type CloudYamlOverrides } from '../helpers/cloud-config.ts';
import { testStack } from './synth-stack.ts';
import { testFunction } from './test-function.ts';

/** Alarms that monitoring makes for what `tidemark plan --cloud` counts. */
function alarmsMade(config: Config): number {
  const stack = testStack();
  const parts = partsOf(config);
  const { alarms } = new PipelineMonitoring(stack, 'Monitoring', {
    pipeline: config.name,
    queues: parts.queues.map((name) => ({
      name,
      queue: new Queue(stack, name),
      deadLetters: new Queue(stack, `${name} dead`),
    })),
    functions: parts.functions.map((name) => ({
      name,
      function: testFunction(stack, `${name} function`),
      timeout: Duration.minutes(1),
    })),
    replications: config.replications.map(({ name, migration, paused, capacity }) => ({
      name,
      resourceIdentifier: `${config.name}-${name}`,
      migration,
      paused,
      tellsSuspended: true,
      ...(capacity.kind === 'standard'
        ? { instance: { identifier: name, storageGb: capacity.storageGb } }
        : {}),
    })),
    expectsExports: parts.expectsExports,
  });
  return alarms.length;
}

const [erp] = CLOUD_YAML.replications;
const { serverless: _, ...server } = erp;

describe('the alarms that plan --cloud counts', () => {
  it.each<[string, CloudYamlOverrides]>([
    ['an export inside of the network', {}],
    [
      'exports inside and outside',
      {
        exports: [
          CLOUD_YAML.exports[0],
          { ...CLOUD_YAML.exports[0], name: 'crm', inNetwork: false, targetSchema: 'crm' },
        ],
      },
    ],
    ['exports by hand alone', { exports: [{ name: 'crm', connection: CLOUD_YAML.exports[0].connection }] }],
    ['no export', { exports: null }],
    ['a machine', { replications: [{ ...server, standard: {} }] }],
    ['a load alone', { replications: [{ ...erp, migration: 'full-load' }] }],
    ['a paused replication', { replications: [{ ...erp, paused: true }] }],
  ])('are those that are made: %s', (_name, overrides) => {
    const config = cloudConfig(overrides);

    expect(partsOf(config).alarms).toBe(alarmsMade(config));
  });
});
