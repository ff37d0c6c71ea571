import { type Call, callBody } from '../lib/bell/call.ts';
import { bellQueueName } from '../lib/config/cloud-names.ts';
import type { Config } from '../lib/config/config.ts';
import type { Cli } from './cli.ts';
import { loginOf } from './deployed.ts';

/** A bell that was rung, for machines. */
export interface Rung {
  readonly queue: string;
  readonly region: string;
}

/** Sends calls to the bell of the deployed pipeline. Throws what `BellClient.ring` throws. */
export async function ringBell(cli: Cli, config: Config, calls: readonly Call[]): Promise<Rung> {
  const { region, cloud } = config;
  const place = { queue: bellQueueName(config), region };
  // The SDK is slow to load, and most commands ring nothing.
  const { createBellClient, createSqsClient } = await import('../lib/aws/bell-client.ts');
  const client = createSqsClient(region, loginOf(cli, config));
  try {
    await createBellClient({ ...place, account: cloud.account }, client).ring(calls.map(callBody));
  } finally {
    client.destroy();
  }
  return place;
}
