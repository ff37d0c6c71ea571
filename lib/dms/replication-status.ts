/**
 * What a status means to whoever wants to start, stop or change a replication.
 * - `new`: made, never started · `resting`: stopped · `failed`
 * - `starting`, `running`: a start was accepted · `stopping` · `deleting`
 * - `changing`: being made, modified, moved or tested, and soon something else
 * - `unknown`: a word that DMS did not have when this was written
 */
export type StatusMeaning =
  | 'new'
  | 'resting'
  | 'failed'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'deleting'
  | 'changing'
  | 'unknown';

/**
 * Statuses of tasks and of serverless replications.
 * @see https://docs.aws.amazon.com/dms/latest/APIReference/API_ReplicationTask.html
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Components.html
 */
const MEANINGS: Readonly<Record<string, StatusMeaning>> = {
  created: 'new',
  ready: 'new',
  stopped: 'resting',
  'failed-move': 'resting',
  failed: 'failed',
  starting: 'starting',
  initializing: 'starting',
  'preparing-metadata-resources': 'starting',
  'testing-connection': 'starting',
  'fetching-metadata': 'starting',
  'calculating-capacity': 'starting',
  'provisioning-capacity': 'starting',
  'replication-starting': 'starting',
  running: 'running',
  stopping: 'stopping',
  deleting: 'deleting',
  creating: 'changing',
  modifying: 'changing',
  moving: 'changing',
  testing: 'changing',
};

/** What a status means, however DMS joins its words: `provisioning_capacity`, `Provisioning Capacity`. */
export function statusMeaning(status: string): StatusMeaning {
  const words = status
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');
  return (Object.hasOwn(MEANINGS, words) ? MEANINGS[words] : undefined) ?? 'unknown';
}
