import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, type IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type FunctionFiles, functionCode, type HandlerName } from './function-code.ts';
import {
  acknowledgeEveryResource,
  grantNetworkInterfaces,
  grantSecrets,
  type SecretReference,
} from './pipeline-function-grants.ts';

/** Where functions that run inside a VPC are put. */
export interface FunctionPlacement {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroups: readonly ISecurityGroup[];
}

/** Settings that all functions of a pipeline usually share. */
export interface SharedFunctionProps extends FunctionFiles {
  /** How long logs are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
}

/** Only the shared settings of props that have more. */
export function sharedProps({ config, files, logRetention }: SharedFunctionProps): SharedFunctionProps {
  return { config, ...(files ? { files } : {}), ...(logRetention === undefined ? {} : { logRetention }) };
}

export interface PipelineFunctionProps extends SharedFunctionProps {
  /** Which file of `lambda/` it runs. */
  readonly handler: HandlerName;
  /** What it does, for the console. */
  readonly description: string;
  /** Longest that one call may take, at most 15 minutes. @default Duration.minutes(1) */
  readonly timeout?: Duration;
  /** Memory in MB; processor time grows with it. @default 512 */
  readonly memorySize?: number;
  /** Environment variables. Nothing secret: everybody who may look at the function reads them. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Secrets that it may read. @default - none */
  readonly secrets?: readonly SecretReference[];
  /** @default - outside of any VPC */
  readonly placement?: FunctionPlacement;
  /** How many may run at once, taken away from what the account has for all functions. @default - no bound, none kept free */
  readonly reservedConcurrency?: number;
  /**
   * Gets the event of a call that nobody waits for, once it failed for the last time. Queues that a function works on
   * have dead-letter queues of their own.
   * @default - such an event is lost
   */
  readonly deadLetterQueue?: IQueue;
}

/**
 * One function of the pipeline: Node 24 on ARM, with its own log group, its own role that may do only what is granted
 * to it, traces, and the configuration in its folder.
 */
export class PipelineFunction extends Construct implements IGrantable {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly grantPrincipal: IPrincipal;
  /** The longest that one call may take. */
  readonly timeout: Duration;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    this.timeout = props.timeout ?? Duration.minutes(1);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.grantPrincipal = this.role;
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.logGroup.grantWrite(this.role);
    grantSecrets(this.role, props.secrets ?? []);
    if (props.placement) grantNetworkInterfaces(this.role);
    acknowledgeEveryResource(this.role);
    this.function = this.createFunction(props);
  }

  /** Lets it read more secrets. */
  grantSecrets(...secrets: readonly SecretReference[]): void {
    grantSecrets(this.role, secrets);
  }

  private createFunction(props: PipelineFunctionProps): LambdaFunction {
    return new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: functionCode(props.handler, props),
      role: this.role,
      timeout: this.timeout,
      memorySize: props.memorySize ?? 512,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      tracing: Tracing.ACTIVE,
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.deadLetterQueue ? { deadLetterQueue: props.deadLetterQueue } : {}),
      ...placed(props.placement),
    });
  }
}

function placed(placement: FunctionPlacement | undefined) {
  if (!placement) return {};
  const { vpc, subnets, securityGroups } = placement;
  return { vpc, vpcSubnets: subnets, securityGroups: [...securityGroups] };
}
