import { Arn, ArnFormat, Duration, Names, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import { STEP_ERRORS } from '../functions/step-error.ts';
import { acknowledgeResource } from './acknowledge-resource.ts';
import type { PipelineFunction } from './pipeline-function.ts';

export interface ExportMachineProps {
  /** Does the steps, and starts the machine. */
  readonly worker: PipelineFunction;
  /** How long logs are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
}

/** No export takes longer. Then it is cut off, and the next export of the table clears away what it staged. */
const LONGEST = Duration.hours(24);

const { DISCARD } = sfn.JsonPath;

/**
 * Sends one table in several calls of the export's function, where one call has not enough time: plan, parts side by
 * side, publish; and abort when one of them fails for good. Steps that fail for a while are tried again for about a
 * quarter of an hour. What goes from step to step, and into the log, are names and counts.
 */
export class ExportMachine extends Construct {
  readonly machine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: ExportMachineProps) {
    super(scope, id);
    // Known beforehand, since the function has to know the machine and the machine the function.
    const stateMachineName = Names.uniqueResourceName(this, { maxLength: 80, separator: '-' });
    this.machine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName,
      comment: 'Sends one table of an export in parts',
      definitionBody: sfn.DefinitionBody.fromChainable(this.definition(props.worker)),
      timeout: LONGEST,
      tracingEnabled: true,
      logs: {
        destination: this.createLogs(stateMachineName, props),
        level: sfn.LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    this.letStart(props.worker, stateMachineName);
    this.acknowledge(props.worker);
  }

  private definition(worker: PipelineFunction): sfn.IChainable {
    const { stringAt, objectAt, numberAt } = sfn.JsonPath;
    // No two executions of a machine have one name, whoever starts them.
    const runId = stringAt('$$.Execution.Name');
    const asked = { export: stringAt('$.export'), table: stringAt('$.table'), runId };
    const abort = this.step(worker, 'Abort', {
      payload: sfn.TaskInput.fromObject({ step: 'abort', ...asked, error: objectAt('$.error') }),
      resultPath: DISCARD,
    }).next(new sfn.Fail(this, 'Failed', { errorPath: '$.error.Error', causePath: '$.error.Cause' }));
    const plan = this.step(worker, 'Plan', {
      payload: sfn.TaskInput.fromObject({ step: 'plan', ...asked }),
      resultPath: '$.plan',
    });
    const load = new sfn.Map(this, 'Load all parts', {
      itemsPath: '$.plan.parts',
      maxConcurrencyPath: '$.plan.connections',
      itemSelector: { step: 'load', run: objectAt('$.plan.run'), part: numberAt('$$.Map.Item.Value') },
      resultPath: '$.loaded',
    }).itemProcessor(this.step(worker, 'Load', {}));
    const publish = this.step(worker, 'Publish', {
      payload: sfn.TaskInput.fromObject({
        step: 'publish',
        run: objectAt('$.plan.run'),
        loaded: objectAt('$.loaded'),
      }),
      resultPath: DISCARD,
    });
    for (const state of [plan, load, publish]) state.addCatch(abort, { resultPath: '$.error' });
    const done = new sfn.Succeed(this, 'Done');
    return plan.next(
      new sfn.Choice(this, 'Is there something to send?')
        .when(sfn.Condition.booleanEquals('$.plan.done', true), done)
        .otherwise(load.next(publish).next(done)),
    );
  }

  /** A call of the function, tried again unless it says that this cannot help. */
  private step(
    worker: PipelineFunction,
    name: string,
    props: { readonly payload?: sfn.TaskInput; readonly resultPath?: string },
  ): LambdaInvoke {
    const step = new LambdaInvoke(this, name, {
      lambdaFunction: worker.function,
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      taskTimeout: sfn.Timeout.duration(worker.timeout.plus(Duration.seconds(30))),
      ...props,
    });
    step.addRetry({ errors: [STEP_ERRORS.terminal], maxAttempts: 0 });
    step.addRetry({
      errors: [sfn.Errors.ALL],
      interval: Duration.seconds(20),
      backoffRate: 2,
      maxDelay: Duration.minutes(5),
      maxAttempts: 8,
      jitterStrategy: sfn.JitterType.FULL,
    });
    return step;
  }

  private createLogs(name: string, { logRetention }: ExportMachineProps): LogGroup {
    return new LogGroup(this, 'Logs', {
      // Names that begin so need no policy of their own, of which an account has few.
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private letStart(worker: PipelineFunction, resourceName: string): void {
    const arn = Arn.format(
      { service: 'states', resource: 'stateMachine', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME },
      Stack.of(this),
    );
    worker.role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn] }));
    worker.function.addEnvironment(BELL_ENVIRONMENT.exportMachineArn, arn);
  }

  private acknowledge(worker: PipelineFunction): void {
    const reason = 'Any version of one function, the one that does the steps.';
    acknowledgeResource(this, `${worker.function.functionArn}:*`, reason);
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'X-Ray takes traces for no resource, and CloudWatch checks the right to deliver logs without one. Nothing else in this role names every resource.',
    });
  }
}
