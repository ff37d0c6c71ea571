import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledgeResource } from './acknowledge-resource.ts';

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
    const functions = provider.node.findAll().filter((child) => child instanceof lambda.Function);
    functions.forEach(modernize);
    acknowledge(this, [props.onEvent, props.isComplete, ...functions]);
  }

  private role(id: string, logGroup: logs.ILogGroup): iam.Role {
    const role = new iam.Role(this, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    return role;
  }
}

/** The framework asks for the runtime that the CDK was released with, on Intel. */
function modernize({ node }: lambda.Function): void {
  const resource = node.defaultChild as lambda.CfnFunction;
  resource.runtime = lambda.Runtime.NODEJS_24_X.name;
  resource.architectures = [lambda.Architecture.ARM_64.name];
}

function acknowledge(provider: PolledProvider, called: readonly lambda.IFunction[]): void {
  for (const functionArn of new Set(called.map((each) => each.functionArn))) {
    const reason =
      'Any version of one function: the framework calls ours, and its state machine calls the framework.';
    acknowledgeResource(provider, `${functionArn}:*`, reason);
  }
  Validations.of(provider).acknowledge(
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
