import { createHash } from 'node:crypto';
import { slug } from '../config/slug.ts';

/** What DMS calls the parts of one replication. Lower-case letters, digits and single hyphens, a letter first. */
export interface DmsNames {
  /** Identifier of the task, or of the serverless configuration. */
  readonly replication: string;
  readonly sourceEndpoint: string;
  readonly targetEndpoint: string;
  readonly instance: string;
  readonly subnetGroup: string;
}

/**
 * Longest name used for anything. A replication instance has the least room, 63; endpoints and tasks have 255.
 * @see https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationInstance.html
 * @see https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationTask.html
 */
const MAX_LENGTH = 63;

const HASH_LENGTH = 8;

/**
 * Names of what a replication of a pipeline has in DMS: the same for the same two names, and different for any two
 * pairs of names. Where `<pipeline>-<replication>` alone would not tell them apart, or had to be changed or cut, a hash
 * of both is added.
 */
export function dmsNames(pipeline: string, replication: string): DmsNames {
  const named = (suffix: string): string => dmsName(pipeline, replication, suffix);
  return {
    replication: named(''),
    sourceEndpoint: named('-source'),
    targetEndpoint: named('-target'),
    instance: named('-instance'),
    subnetGroup: named('-subnets'),
  };
}

function dmsName(pipeline: string, replication: string, suffix: string): string {
  const first = slug(pipeline);
  const stem = [first, slug(replication)].filter((part) => part !== '').join('-');
  const isClear =
    `${pipeline}-${replication}` === stem &&
    !first.includes('-') &&
    /^[a-z]/.test(stem) &&
    replication !== '';
  if (isClear && stem.length + suffix.length <= MAX_LENGTH) return `${stem}${suffix}`;
  const hash = createHash('sha256')
    .update(JSON.stringify([pipeline, replication]))
    .digest('hex');
  const room = MAX_LENGTH - suffix.length - HASH_LENGTH - 1;
  const letterFirst = /^[a-z]/.test(stem) ? stem : `t-${stem}`.replace(/-+$/, '');
  return `${letterFirst.slice(0, room).replace(/-+$/, '')}-${hash.slice(0, HASH_LENGTH)}${suffix}`;
}
