import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';

export interface PolledProviderProps {
  /** Begins what an event asks for. */
  readonly onEvent: lambda.IFunction;
  /** Says whether it is done. */
  readonly isComplete: lambda.IFunction;
  /** Time between two calls of `isComplete`. */
  readonly queryInterval: Duration;
  /** After that the deploy fails. At most an hour, which is what CloudFormation waits. */
  readonly totalTimeout: Duration;
  /** How long the framework's own logs are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * What carries events of custom resources from CloudFormation to our functions and asks until they are done: the CDK's
 * provider framework, on the runtime and architecture that everything else of ours runs on, with rights and logs of its
 * own.
 */
export class PolledProvider extends Construct {
  readonly serviceToken: string;

  constructor(scope: Construct, id: string, props: PolledProviderProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const provider = new Provider(this, 'Framework', {
      onEventHandler: props.onEvent,
      isCompleteHandler: props.isComplete,
      queryInterval: props.queryInterval,
      totalTimeout: props.totalTimeout,
      frameworkOnEventRole: this.role('OnEventRole', logGroup),
      frameworkCompleteAndTimeoutRole: this.role('IsCompleteRole', logGroup),
      logGroup,
    });
    this.serviceToken = provider.serviceToken;
    modernize(provider);
    acknowledge(this);
  }

  private role(id: string, logGroup: logs.ILogGroup): iam.Role {
    const role = new iam.Role(this, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    return role;
  }
}

/** The framework asks for the runtime that the CDK was released with, on Intel. */
function modernize(provider: Provider): void {
  for (const child of provider.node.findAll()) {
    if (!(child instanceof lambda.CfnFunction)) continue;
    child.runtime = lambda.Runtime.NODEJS_24_X.name;
    child.architectures = [lambda.Architecture.ARM_64.name];
  }
}

function acknowledge(provider: PolledProvider): void {
  Validations.of(provider).acknowledge(
    {
      id: 'AwsSolutions-IAM5',
      reason:
        'The framework may call any version of the two functions it carries events to, and nothing else.',
    },
    {
      id: 'AwsSolutions-SF1',
      reason:
        'The state machine is only a wait loop of a deploy: every call is in the logs of the functions it calls.',
    },
    {
      id: 'AwsSolutions-SF2',
      reason: 'The state machine is only a wait loop of a deploy: there is nothing to trace.',
    },
  );
}
