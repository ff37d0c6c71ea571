import type { Stack } from 'aws-cdk-lib';
import type { PipelineFunction } from '../../lib/infra/pipeline-function.ts';
import { type Resource, stackOf, type SynthesizedApp } from '../synth/synth-app.ts';
import type { Machine } from '../helpers/state-machine.ts';
import type { ArrivalPattern } from './bucket-events.ts';

/** A value of a template: text, or what it refers to. */
export type Value = string | number | boolean | { readonly [key: string]: unknown };

/** A function as a deploy would make it. */
export interface WiredFunction {
  readonly id: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, Value>>;
  readonly logs: { readonly format: string; readonly level: string };
  /** The files of its folder. */
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface WiredQueue {
  readonly id: string;
  readonly isFifo: boolean;
  /** By the names that SQS has for them, without the policy of redrive. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Where messages go that were received so often. */
  readonly redrive: { readonly queueId: string; readonly maxReceiveCount: number } | null;
}

/** What reads a queue for a function. */
export interface WiredMapping {
  readonly functionId: string;
  readonly queueId: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly concurrency: number;
}

/** The functions of a pipeline by what they do, and everything between them. */
export interface Wiring {
  readonly functions: Readonly<Record<'setup' | 'router' | 'ingest' | 'sweep' | 'export', WiredFunction>>;
  readonly queues: readonly WiredQueue[];
  readonly mappings: readonly WiredMapping[];
  /** What makes of an event of the bucket a message, and of which queue. */
  readonly arrivals: { readonly pattern: ArrivalPattern; readonly queueId: string };
  /** Sends what the export has not enough time for; its steps are calls of the export. */
  readonly machine: Machine;
}

interface Properties {
  readonly [name: string]: unknown;
}

/** Reads the templates of an app that sets up its lakehouse, with exports outside of the network. */
export function readWiring(app: SynthesizedApp): Wiring {
  const { pipeline: stack } = app.made;
  const { ingestion, exports } = stack.pipeline;
  const { resources } = stackOf(app, 'pipeline');
  const read = (made: PipelineFunction): WiredFunction => readFunction(app, stack, resources, made);
  return {
    functions: {
      setup: read(stack.pipeline.node.findChild('Setup') as PipelineFunction),
      router: read(ingestion.bell.router),
      ingest: read(ingestion.ingest),
      sweep: read(ingestion.sweep),
      export: read(exports[0]!.function),
    },
    queues: ofType(resources, 'AWS::SQS::Queue').map(readQueue),
    mappings: ofType(resources, 'AWS::Lambda::EventSourceMapping').map(([, found]) => readMapping(found)),
    arrivals: readArrivals(ofType(resources, 'AWS::Events::Rule').map(([, found]) => found)),
    machine: readMachine(resources, idOf(stack.resolve(exports[0]!.machine.machine.stateMachineArn))),
  };
}

function readMachine(resources: Readonly<Record<string, Resource>>, id: string): Machine {
  return JSON.parse(textOf(resources[id]!.Properties!.DefinitionString as Value, () => 'token')) as Machine;
}

function ofType(resources: Readonly<Record<string, Resource>>, type: string): [string, Properties][] {
  const found = Object.entries(resources).filter(([, { Type }]) => Type === type);
  return found.map(([id, { Properties: properties = {} }]) => [id, properties]);
}

function readFunction(
  { assets }: SynthesizedApp,
  stack: Stack,
  resources: Readonly<Record<string, Resource>>,
  made: PipelineFunction,
): WiredFunction {
  const { Ref: id } = stack.resolve(made.function.functionName) as { Ref: string };
  const { Code, Handler, Timeout, MemorySize, Environment, LoggingConfig } = resources[id]!.Properties as {
    Code: { S3Key: string };
    Handler: string;
    Timeout: number;
    MemorySize: number;
    Environment: { Variables: Record<string, Value> };
    LoggingConfig: { LogFormat: string; ApplicationLogLevel: string };
  };
  const folder = `asset.${Code.S3Key.replace(/\.zip$/, '')}/`;
  const files = [...assets].filter(([path]) => path.startsWith(folder));
  return {
    id,
    handler: Handler,
    timeoutSeconds: Timeout,
    memoryMb: MemorySize,
    environment: Environment.Variables,
    logs: { format: LoggingConfig.LogFormat, level: LoggingConfig.ApplicationLogLevel },
    files: new Map(files.map(([path, text]) => [path.slice(folder.length), Buffer.from(text, 'latin1')])),
  };
}

/** Names of a queue's properties that are the same in SQS. */
const ATTRIBUTES = [
  'FifoQueue',
  'ContentBasedDeduplication',
  'VisibilityTimeout',
  'DelaySeconds',
  'MessageRetentionPeriod',
  'SqsManagedSseEnabled',
] as const;

function readQueue([id, properties]: [string, Properties]): WiredQueue {
  const given = ATTRIBUTES.filter((name) => properties[name] !== undefined);
  const policy = properties.RedrivePolicy as
    | { deadLetterTargetArn: Value; maxReceiveCount: number }
    | undefined;
  return {
    id,
    isFifo: properties.FifoQueue === true,
    attributes: Object.fromEntries(given.map((name) => [name, String(properties[name])])),
    redrive: policy
      ? { queueId: idOf(policy.deadLetterTargetArn), maxReceiveCount: policy.maxReceiveCount }
      : null,
  };
}

function readMapping(properties: Properties): WiredMapping {
  const { FunctionResponseTypes: types, ScalingConfig: scaling } = properties;
  if (JSON.stringify(types) !== '["ReportBatchItemFailures"]') {
    throw new Error(`A mapping answers for whole batches: ${JSON.stringify(properties)}`);
  }
  return {
    functionId: idOf(properties.FunctionName as Value),
    queueId: idOf(properties.EventSourceArn as Value),
    batchSize: Number(properties.BatchSize ?? 10),
    windowSeconds: Number(properties.MaximumBatchingWindowInSeconds ?? 0),
    concurrency: (scaling as { MaximumConcurrency: number }).MaximumConcurrency,
  };
}

function readArrivals(rules: readonly Properties[]): Wiring['arrivals'] {
  const [rule, ...others] = rules;
  if (!rule || others.length > 0) throw new Error(`There are ${rules.length} rules, and one is expected.`);
  const { detail } = rule.EventPattern as {
    detail: { bucket: { name: string[] }; object: { key: { wildcard: string }[] } };
  };
  const [target] = rule.Targets as { Arn: Value }[];
  return {
    pattern: { buckets: detail.bucket.name, keys: detail.object.key.map(({ wildcard }) => wildcard) },
    queueId: idOf(target!.Arn),
  };
}

/** The resource that a value refers to, by name or by ARN. */
export function idOf(value: Value): string {
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  const id = ref ?? attribute?.[0];
  if (id === undefined) throw new Error(`This refers to no resource: ${JSON.stringify(value)}`);
  return id;
}

/** What AWS puts in for names of its own. */
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '123456789012',
};

/**
 * A value as text.
 *
 * @param nameOf what stands for a resource, by its id
 */
export function textOf(value: Value, nameOf: (id: string) => string): string {
  if (typeof value !== 'object') return String(value);
  const { 'Fn::Join': join } = value as { 'Fn::Join'?: readonly [string, readonly Value[]] };
  if (join) return join[1].map((part) => textOf(part, nameOf)).join(join[0]);
  const id = idOf(value);
  return PSEUDO[id] ?? nameOf(id);
}
