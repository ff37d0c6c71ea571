import type { MigrationType } from '../config/cloud.ts';
import { TerminalError } from '../errors.ts';
import type { ReplicationKind } from './dms-port.ts';

/**
 * What makes a replication the one it is. Where one of these changes, CloudFormation deletes the task and makes
 * another, or DMS keeps a position that means something else now: either way the position in the source's log is lost.
 *
 * `AWS::DMS::ReplicationTask` is replaced by another MigrationType, SourceEndpointArn, TargetEndpointArn,
 * ReplicationInstanceArn or ResourceIdentifier. `AWS::DMS::ReplicationConfig` is replaced by another
 * ResourceIdentifier; its type and endpoints can be changed in place, but nobody says what becomes of its position.
 * An endpoint is replaced by another ResourceIdentifier or KmsKeyId; an instance by another KmsKeyId,
 * ReplicationSubnetGroupIdentifier, ResourceIdentifier, PubliclyAccessible or DnsNameServers.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dms-replicationtask.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dms-replicationconfig.html
 */
export interface ReplicationIdentity {
  readonly kind: ReplicationKind;
  readonly identifier: string;
  readonly migration: MigrationType;
  /**
   * Whatever else would replace the task, an endpoint or the instance, by a name that people know, for instance
   * `database` or `subnet group`. Known at synth: no references to resources.
   */
  readonly others: Readonly<Record<string, string>>;
}

/** What of an identity changes, in words: `migration full-load-and-cdc → cdc`. Empty: nothing. */
export function identityChanges(before: ReplicationIdentity, after: ReplicationIdentity): string[] {
  const [old, now] = [fields(before), fields(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names
    .filter((name) => old[name] !== now[name])
    .map((name) => `${name} ${old[name] ?? '(none)'} → ${now[name] ?? '(none)'}`);
}

/** The error for a change that would lose a replication's position, with the ways out. */
export function replacementRefused(replication: string, changes: readonly string[]): TerminalError {
  return new TerminalError(
    'DMS_REPLACEMENT_REFUSED',
    [
      `Replication ${replication} would be replaced and lose its position in the source's log: ${changes.join(', ')}.`,
      'Set it back, or do it knowingly: give the replication a new name.',
      'Its tables are then loaded again by the new one, and their histories go on.',
    ].join(' '),
    { context: { replication, changes } },
  );
}

function fields({
  kind,
  identifier,
  migration,
  others,
}: ReplicationIdentity): Readonly<Record<string, string>> {
  return { kind, identifier, migration, ...others };
}
