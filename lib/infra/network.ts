import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  FlowLog,
  FlowLogDestination,
  FlowLogResourceType,
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { TerminalError } from '../errors.ts';
import { createVpc } from './network-vpc.ts';
import type { FunctionPlacement } from './pipeline-function.ts';

/** A VPC that is made: two zones, private subnets, endpoints for what DMS needs. */
export interface NewNetworkProps {
  readonly kind: 'new';
  /** Private addresses, /16 to /26. @default 10.90.0.0/24 */
  readonly cidr?: string;
  /** 0 to 2. With none, nothing in the VPC reaches Databricks or a database outside. @default 0 */
  readonly natGateways?: number;
  /** How long the log of its traffic is kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
}

/** A VPC that is there. Nothing about it is looked up. */
export interface ExistingNetworkProps {
  readonly kind: 'existing';
  readonly vpcId: string;
  /** At least two, in different zones. */
  readonly subnetIds: readonly string[];
  /** The zone of each subnet, in the same order. */
  readonly availabilityZones: readonly string[];
  /** Groups of DMS and of functions. @default - one is made, with ways out only */
  readonly securityGroupIds?: readonly string[];
  /** How functions in it reach Databricks and AWS; taken at its word. @default none */
  readonly wayOut?: 'nat' | 'private-links' | 'none';
}

export type PipelineNetworkProps = NewNetworkProps | ExistingNetworkProps;

/** AWS services that DMS talks to from inside. S3 has a gateway, which costs nothing. */
const ENDPOINTS: Readonly<Record<string, InterfaceVpcEndpointAwsService>> = {
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Kms: InterfaceVpcEndpointAwsService.KMS,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
};

/** Where DMS and the functions that need a network are: a small VPC of its own, or one that is there. */
export class PipelineNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  /** Ids of the subnets, for what takes nothing else. */
  readonly subnetIds: readonly string[];
  /** Of DMS and of functions. Where one is made, nobody gets in by it. */
  readonly securityGroups: readonly ISecurityGroup[];
  /** How functions in it reach Databricks and AWS. */
  readonly wayOut: 'nat' | 'private-links' | 'none';

  constructor(scope: Construct, id: string, props: PipelineNetworkProps) {
    super(scope, id);
    this.vpc = props.kind === 'new' ? this.createVpc(props) : this.referTo(props);
    this.subnets = { subnets: this.vpc.privateSubnets };
    this.subnetIds = this.vpc.privateSubnets.map(({ subnetId }) => subnetId);
    this.wayOut = props.kind === 'new' ? wayOutOf(props) : (props.wayOut ?? 'none');
    const given = props.kind === 'existing' ? (props.securityGroupIds ?? []) : [];
    this.securityGroups =
      given.length === 0 ? [this.createSecurityGroup()] : given.map((groupId) => this.referToGroup(groupId));
  }

  /**
   * Where functions run that work inside of this network. They have to reach Databricks, and queues and secrets of AWS:
   * throws `TerminalError` NETWORK_NO_WAY_OUT where nothing says that they can.
   *
   * @param what the functions, for the message: `ingest`, `export crm`
   */
  placementFor(what: string): FunctionPlacement {
    if (this.wayOut === 'none') {
      throw new TerminalError(
        'NETWORK_NO_WAY_OUT',
        `${what} would run inside of a network that has no way out to Databricks and AWS. Set natGateways to 1 or 2 for a new network; say how functions get out (wayOut: nat or private-links) for an existing one; or run it outside.`,
      );
    }
    return { vpc: this.vpc, subnets: this.subnets, securityGroups: this.securityGroups };
  }

  private createVpc({ cidr = '10.90.0.0/24', natGateways = 0, logRetention }: NewNetworkProps): IVpc {
    const vpc = createVpc(this, cidr, natGateways);
    const subnets = { subnets: vpc.privateSubnets };
    new GatewayVpcEndpoint(this, 'S3', { vpc, service: GatewayVpcEndpointAwsService.S3, subnets: [subnets] });
    const doors = new SecurityGroup(this, 'EndpointGroup', {
      vpc,
      description: 'Endpoints of AWS services: HTTPS from inside the VPC',
      allowAllOutbound: false,
    });
    doors.addIngressRule(Peer.ipv4(cidr), Port.HTTPS, 'From inside the VPC');
    for (const [name, service] of Object.entries(ENDPOINTS)) {
      new InterfaceVpcEndpoint(this, name, { vpc, service, subnets, securityGroups: [doors], open: false });
    }
    const logs = new LogGroup(this, 'FlowLogs', {
      retention: logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new FlowLog(this, 'FlowLog', {
      resourceType: FlowLogResourceType.fromVpc(vpc),
      destination: FlowLogDestination.toCloudWatchLogs(logs),
    });
    return vpc;
  }

  private referTo({ vpcId, subnetIds, availabilityZones }: ExistingNetworkProps): IVpc {
    Validations.of(this).acknowledge({
      id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      reason: 'Nothing is added to the routes of a VPC that is there.',
    });
    return Vpc.fromVpcAttributes(this, 'Existing', {
      vpcId,
      availabilityZones: [...availabilityZones],
      privateSubnetIds: [...subnetIds],
    });
  }

  private createSecurityGroup(): SecurityGroup {
    return new SecurityGroup(this, 'Group', {
      vpc: this.vpc,
      description: 'DMS and functions of the pipeline: ways out only',
      allowAllOutbound: true,
    });
  }

  private referToGroup(groupId: string): ISecurityGroup {
    return SecurityGroup.fromSecurityGroupId(this, groupId, groupId, { mutable: false });
  }
}

function wayOutOf({ natGateways = 0 }: NewNetworkProps): 'nat' | 'none' {
  return natGateways > 0 ? 'nat' : 'none';
}
