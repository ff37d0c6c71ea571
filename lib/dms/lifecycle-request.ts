/** What CloudFormation and the provider framework of the CDK send to a handler of a custom resource. */
export interface LifecycleRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: unknown;
  readonly OldResourceProperties?: unknown;
  /** What `begin` answered, handed on by the framework. */
  readonly Lifecycle?: LifecycleProgress;
}

/** What is remembered between the calls for one event. */
export interface LifecycleProgress {
  /** Milliseconds since 1970 at which `begin` was called. */
  readonly begunAt: number;
}
