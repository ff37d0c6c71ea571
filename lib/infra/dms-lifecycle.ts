import { CustomResource, Duration, Stack, Tags, Validations } from 'aws-cdk-lib';
import type * as dms from 'aws-cdk-lib/aws-dms';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  type LifecycleRole,
  lifecycleProperties,
  lifecycleTags,
  type ReplicationDefinition,
} from '../dms/lifecycle-event.ts';
import { PolledProvider } from './polled-provider.ts';

export interface DmsLifecycleProviderProps {
  /** Function of `lambda/dms-lifecycle.ts`. It is called to begin and to go on, and needs a role that rights can be given to. */
  readonly handler: lambda.IFunction;
  /** How long the logs of what calls it are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: logs.RetentionDays;
}

/** Time between two looks at a replication that is stopping or starting: minutes of waiting, at few calls. */
const QUERY_INTERVAL = Duration.seconds(20);

/** CloudFormation gives up after an hour, and our function before: `MAX_EVENT_SECONDS`, with the reason. */
const TOTAL_TIMEOUT = Duration.minutes(55);

/**
 * Carries the events of the custom resources of any number of replications to our function, and lets it look at what
 * DMS has.
 */
export class DmsLifecycleProvider extends Construct {
  readonly serviceToken: string;
  readonly handler: lambda.IFunction;
  /** The right to look, which both custom resources need before anything. */
  readonly lookPolicy: iam.Policy;

  constructor(scope: Construct, id: string, { handler, logRetention }: DmsLifecycleProviderProps) {
    super(scope, id);
    this.handler = handler;
    this.lookPolicy = policyFor(this, 'Look', handler, [
      new iam.PolicyStatement({
        actions: ['dms:DescribeReplicationTasks', 'dms:DescribeReplications', 'dms:DescribeConnections'],
        resources: ['*'],
      }),
    ]);
    Validations.of(this.lookPolicy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'DMS has no rights on single resources for these three: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdatabasemigrationservice.html',
    });
    const provider = new PolledProvider(this, 'Provider', {
      onEvent: handler,
      isComplete: handler,
      queryInterval: QUERY_INTERVAL,
      totalTimeout: TOTAL_TIMEOUT,
      ...(logRetention === undefined ? {} : { logRetention }),
    });
    this.serviceToken = provider.serviceToken;
  }
}

export interface DmsLifecycleProps {
  readonly provider: DmsLifecycleProvider;
  readonly definition: ReplicationDefinition;
  /** The task, or the serverless configuration. */
  readonly copier: dms.CfnReplicationTask | dms.CfnReplicationConfig;
  readonly endpoints: readonly dms.CfnEndpoint[];
  /** What the task runs on. @default none, it is serverless */
  readonly instance?: dms.CfnReplicationInstance;
}

/**
 * Two custom resources around what CloudFormation does to a replication: `Stop` before it and `Start` after it. On a
 * delete the order is the other way round, so `Start` is what stops it then. The copier carries the tags by which our
 * function knows what CloudFormation made last.
 *
 * @see lib/dms/lifecycle.ts
 */
export class DmsLifecycle extends Construct {
  readonly stop: CustomResource;
  readonly start: CustomResource;

  constructor(scope: Construct, id: string, props: DmsLifecycleProps) {
    super(scope, id);
    const { provider, copier, endpoints, instance } = props;
    for (const [key, value] of Object.entries(lifecycleTags(props.definition)))
      Tags.of(copier).add(key, value);
    const parts = [...endpoints, ...(instance ? [instance] : []), copier];
    this.stop = this.resource('stop', props);
    this.stop.node.addDependency(provider.lookPolicy);
    for (const part of parts) part.node.addDependency(this.stop);
    // Not in the role itself: the function must not wait for the task that it stops.
    const act = policyFor(this, 'Act', provider.handler, [...actions(props), makeServiceRole(this)]);
    this.start = this.resource('start', props);
    this.start.node.addDependency(...parts, act, provider.lookPolicy);
  }

  private resource(role: LifecycleRole, { provider, definition }: DmsLifecycleProps): CustomResource {
    const id = role === 'stop' ? 'Stop' : 'Start';
    return new CustomResource(this, id, {
      serviceToken: provider.serviceToken,
      resourceType: `Custom::TidemarkReplication${id}`,
      properties: lifecycleProperties(role, definition),
    });
  }
}

/**
 * What is done to one replication; DMS has rights on single resources for all of this.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdatabasemigrationservice.html
 */
function actions({ definition, copier, endpoints, instance }: DmsLifecycleProps): iam.PolicyStatement[] {
  const names = ACTIONS[definition.identity.kind].map((name) => `dms:${name}`);
  const ends = [...endpoints.map(({ ref }) => ref), ...(instance ? [instance.ref] : [])];
  return [
    new iam.PolicyStatement({ actions: names, resources: [copier.ref] }),
    ...(instance ? [new iam.PolicyStatement({ actions: ['dms:TestConnection'], resources: ends })] : []),
  ];
}

/**
 * The first start in an account makes the role by which DMS looks after its machines, as whoever starts. Where the role
 * is there already, nothing is made.
 *
 * @see https://docs.aws.amazon.com/dms/latest/userguide/slr-services-sl.html
 */
function makeServiceRole(scope: Construct): iam.PolicyStatement {
  const resource = Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: 'aws-service-role/dms.amazonaws.com/AWSServiceRoleForDMSServerless',
  });
  return new iam.PolicyStatement({
    actions: ['iam:CreateServiceLinkedRole'],
    resources: [resource],
    conditions: { StringEquals: { 'iam:AWSServiceName': 'dms.amazonaws.com' } },
  });
}

const ACTIONS = {
  standard: [
    'StartReplicationTask',
    'StopReplicationTask',
    'ReloadTables',
    'DescribeTableStatistics',
    'ListTagsForResource',
    'AddTagsToResource',
  ],
  serverless: [
    'StartReplication',
    'StopReplication',
    'ReloadReplicationTables',
    'DescribeReplicationTableStatistics',
    'ListTagsForResource',
    'AddTagsToResource',
  ],
};

function policyFor(
  scope: Construct,
  id: string,
  handler: lambda.IFunction,
  statements: iam.PolicyStatement[],
): iam.Policy {
  const policy = new iam.Policy(scope, id, { statements });
  if (handler.role) policy.attachToRole(handler.role);
  return policy;
}
