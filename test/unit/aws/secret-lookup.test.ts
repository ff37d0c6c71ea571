import { describe, expect, it } from 'vitest';
import { TerminalError, TransientError } from '../../../lib/errors.ts';
import { createSecretLookup } from '../../../lib/aws/secret-lookup.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:lake-AbCdEf';
const OTHER = `${ARN}:password`;
const REFERENCES = [ARN, '${env:HOST}', 'plain', OTHER, ARN].map((template) => ({ template }));

/** Secrets that say how often they were read. */
function open(value: (arn: string, reads: number) => string = (_, reads) => `read ${reads}`) {
  let now = 0;
  let reads = 0;
  const lookup = createSecretLookup({
    env: { HOST: 'h' },
    read: async (arn) => {
      reads += 1;
      return value(arn, reads);
    },
    now: () => now,
  });
  return {
    lookup,
    reads: () => reads,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

describe('createSecretLookup', () => {
  it('gives the environment and the secrets that are named by their ARN, and reads no other', async () => {
    const { lookup, reads } = open((arn) => `value of ${arn.slice(-8)}`);

    expect(await lookup.values(REFERENCES)).toEqual({
      HOST: 'h',
      [ARN]: 'value of e-AbCdEf',
      [OTHER]: 'value of password',
    });
    expect(await lookup.values([{ template: '${env:HOST}' }])).toEqual({ HOST: 'h' });
    expect(reads()).toBe(2);
  });

  it('keeps a value for five minutes', async () => {
    const { lookup, wait } = open();
    const seen = [];
    for (const ms of [0, 299_999, 1, 299_999]) {
      wait(ms);
      seen.push((await lookup.values([{ template: ARN }]))[ARN]);
    }

    expect(seen).toEqual(['read 1', 'read 1', 'read 2', 'read 2']);
  });

  it('reads anew when a value was refused, and goes on with what it read', async () => {
    const { lookup } = open();
    await lookup.values([{ template: ARN }]);

    expect(await lookup.renewed([{ template: ARN }])).toEqual({ HOST: 'h', [ARN]: 'read 2' });
    expect(await lookup.values([{ template: ARN }])).toEqual({ HOST: 'h', [ARN]: 'read 2' });
  });

  it('finds nothing new where secrets are as they were, or none is named', async () => {
    const { lookup, reads } = open(() => 'the same');
    await lookup.values([{ template: ARN }]);

    expect(await lookup.renewed([{ template: ARN }])).toBeNull();
    expect(await lookup.renewed([{ template: '${env:HOST}' }])).toBeNull();
    expect(reads()).toBe(2);
  });

  it('keeps no failure', async () => {
    const { lookup } = open((_, reads) => {
      if (reads === 1) throw new Error('away');
      return `read ${reads}`;
    });

    await expect(lookup.values([{ template: ARN }])).rejects.toThrow('away');
    expect(await lookup.values([{ template: ARN }])).toEqual({ HOST: 'h', [ARN]: 'read 2' });
  });

  it('tells of every secret that cannot be read, with the settings that name it, before one that may be away', async () => {
    const { lookup } = open((arn) => {
      if (arn === ARN) throw new TransientError('SECRET_UNAVAILABLE', 'Away.');
      throw new TerminalError('SECRET_UNREADABLE', `No ${arn.split(':').at(-2)}.`);
    });
    const named = [
      { template: ARN, path: 'host' },
      { template: `${ARN}:a:`, path: 'user' },
      { template: `${ARN}:b:`, path: 'password' },
      { template: `${ARN}:a:STAGE`, path: 'token' },
    ];

    await expect(lookup.values(named)).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: 'user, token: No a. password: No b.',
    });
    await expect(lookup.renewed(named.slice(0, 1))).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
  });
});
