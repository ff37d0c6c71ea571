import { ArnFormat, Stack } from 'aws-cdk-lib';
import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { AlarmContext } from './pipeline-alarm.ts';
import type { MonitoredReplication } from './replication-metrics.ts';
import { runbookLink } from './runbook-sections.ts';

/**
 * Tells when a replication failed, stopped, stopped reading or lost its machines. Its state is in no metric, only in
 * events.
 *
 * Serverless sends two series of events: `DMS Replication State Change` about the configuration, which has the failures,
 * and `DMS Replication Task State Change` about a task that it does not show, which has not. Matching by the ARN of the
 * configuration takes the first. The endings of `eventType` are matched, not whole values, since DMS documents the
 * categories and no list of the types.
 *
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_EventBridge.html
 */
export function tellStops(
  scope: Construct,
  id: string,
  { pipeline, topic, runbook }: AlarmContext,
  { name, resourceIdentifier, instance }: MonitoredReplication,
): Rule {
  const arn = Stack.of(scope).formatArn({
    service: 'dms',
    resource: instance ? 'task' : 'replication-config',
    resourceName: resourceIdentifier,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const message = RuleTargetInput.fromText(
    `Replication ${name} of pipeline ${pipeline}: ${EventField.fromPath('$.detail.detailMessage')} (${EventField.fromPath('$.detail.eventType')}, ${EventField.fromPath('$.time')}). A deploy that changes a replication stops and starts it: then this is no trouble. What to do otherwise: ${runbookLink('replicationStopped', runbook)}`,
  );
  return new Rule(scope, id, {
    description: `Replication ${name} of pipeline ${pipeline} stopped or failed`,
    eventPattern: {
      source: ['aws.dms'],
      detailType: ['DMS Replication State Change', 'DMS Replication Task State Change'],
      resources: [arn],
      detail: {
        $or: [
          { category: ['Failure'] },
          { eventType: Match.suffix('_FAILED') },
          { eventType: Match.suffix('_STOPPED') },
          { eventType: Match.wildcard('*DEPROVISION*') },
          { eventType: Match.wildcard('*PAUSED*') },
        ],
      },
    },
    // By a role, so that it works for a topic of the user's own too, whose policy cannot be added to.
    targets: [new SnsTopic(topic, { message, authorizeUsingRole: true })],
  });
}
