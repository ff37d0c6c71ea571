import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../config/config.ts';
import { networkProps, stackProps } from './config-props.ts';
import { PipelineNetwork } from './network.ts';

/** A VPC for DMS and for functions that the configuration puts there. Only where one is made. */
export class NetworkStack extends Stack {
  readonly network: PipelineNetwork;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id, stackProps(config, 'network', `Network of pipeline ${config.name}`));
    this.network = new PipelineNetwork(this, 'Network', networkProps(config));
  }
}
