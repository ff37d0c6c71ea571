import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { PipelineNetwork, type PipelineNetworkProps } from '../../lib/infra/network.ts';
import { properties } from './read-template.ts';
import { nagFindings, synthesized, testStack } from './synth-stack.ts';

const EXISTING = {
  kind: 'existing',
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
} as const;

function made(props: PipelineNetworkProps) {
  const stack = testStack();
  const network = new PipelineNetwork(stack, 'Network', props);
  return { stack, network, template: () => synthesized(stack) };
}

function ids(template: Template, type: string): string[] {
  return Object.keys(template.findResources(type)).sort();
}

describe('a new network', () => {
  it('is a VPC with a private subnet in each of two zones, and asks nobody which zones there are', () => {
    const template = made({ kind: 'new' }).template();
    const subnet = (at: number) => ({
      AvailabilityZone: { 'Fn::Select': [at, { 'Fn::GetAZs': '' }] },
      CidrBlock: { 'Fn::Select': [at, { 'Fn::Cidr': ['10.90.0.0/24', 4, '6'] }] },
      MapPublicIpOnLaunch: false,
    });

    expect(properties(template, 'AWS::EC2::VPC', 'Network')).toMatchObject({
      CidrBlock: '10.90.0.0/24',
      EnableDnsHostnames: true,
      EnableDnsSupport: true,
    });
    template.resourceCountIs('AWS::EC2::Subnet', 2);
    expect(properties(template, 'AWS::EC2::Subnet', 'NetworkPrivate1')).toMatchObject(subnet(0));
    expect(properties(template, 'AWS::EC2::Subnet', 'NetworkPrivate2')).toMatchObject(subnet(1));
  });

  it('has no way out, and no public address', () => {
    const template = made({ kind: 'new' }).template();

    for (const type of ['Route', 'InternetGateway', 'NatGateway', 'EIP']) {
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
  });

  it('reaches S3, Secrets Manager, KMS and the logs from inside, by HTTPS', () => {
    const template = made({ kind: 'new' }).template();
    const name = (service: string) =>
      service === 's3'
        ? { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.s3']] }
        : `com.amazonaws.eu-central-1.${service}`;

    template.resourceCountIs('AWS::EC2::VPCEndpoint', 4);
    for (const service of ['secretsmanager', 'kms', 'logs']) {
      template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
        ServiceName: name(service),
        VpcEndpointType: 'Interface',
        PrivateDnsEnabled: true,
        SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkEndpointGroup'), 'GroupId'] }],
      });
    }
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      RouteTableIds: [
        { Ref: Match.stringLikeRegexp('^NetworkPrivate1Routes') },
        { Ref: Match.stringLikeRegexp('^NetworkPrivate2Routes') },
      ],
    });
    expect(
      properties(template, 'AWS::EC2::SecurityGroup', 'NetworkEndpointGroup').SecurityGroupIngress,
    ).toEqual([
      {
        CidrIp: '10.90.0.0/24',
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
        Description: 'From inside the VPC',
      },
    ]);
  });

  it('writes down its traffic', () => {
    const template = made({ kind: 'new' }).template();

    expect(properties(template, 'AWS::EC2::FlowLog', 'Network')).toMatchObject({
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 'cloud-watch-logs',
    });
    expect(properties(template, 'AWS::Logs::LogGroup', 'NetworkFlowLogs').RetentionInDays).toBe(90);
  });

  it('has a group for DMS and functions that nobody gets in by', () => {
    const template = made({ kind: 'new' }).template();
    const group = properties(template, 'AWS::EC2::SecurityGroup', 'NetworkGroup');

    expect(group.SecurityGroupIngress).toBeUndefined();
    expect(group.SecurityGroupEgress).toMatchObject([{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }]);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  it('leaves its subnets as they are when it gets a way out', () => {
    const closed = made({ kind: 'new' }).template();
    const open = made({ kind: 'new', natGateways: 1 }).template();

    expect(open.findResources('AWS::EC2::Subnet')).toMatchObject(closed.findResources('AWS::EC2::Subnet'));
    expect(ids(open, 'AWS::EC2::VPCEndpoint')).toEqual(ids(closed, 'AWS::EC2::VPCEndpoint'));
  });

  it.each([1, 2])('with %d NAT gateways lets every private subnet out, and nobody in', (natGateways) => {
    const template = made({ kind: 'new', natGateways }).template();
    const nat = (at: number) => ({ Ref: expect.stringMatching(new RegExp(`^NetworkNat${at}`)) });

    template.resourceCountIs('AWS::EC2::NatGateway', natGateways);
    template.resourceCountIs('AWS::EC2::Subnet', 2 + natGateways);
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
    expect(properties(template, 'AWS::EC2::Route', 'NetworkNatRoute1').NatGatewayId).toEqual(nat(1));
    expect(properties(template, 'AWS::EC2::Route', 'NetworkNatRoute2').NatGatewayId).toEqual(
      nat(natGateways),
    );
  });

  it('passes cdk-nag, with a way out and without', () => {
    expect(nagFindings(made({ kind: 'new' }).stack)).toEqual([]);
    expect(nagFindings(made({ kind: 'new', natGateways: 2 }).stack)).toEqual([]);
  });
});

describe('an existing network', () => {
  it('is referred to by what is given, and gets one security group with ways out only', () => {
    const { network, template } = made(EXISTING);

    expect(Object.values(template().toJSON().Resources as Record<string, { Type: string }>)).toMatchObject([
      { Type: 'AWS::EC2::SecurityGroup', Properties: { VpcId: EXISTING.vpcId } },
    ]);
    expect(network.subnetIds).toEqual(EXISTING.subnetIds);
  });

  it('uses groups that are given, and makes and changes nothing', () => {
    const groups = ['sg-0123456789abcdef0', 'sg-0123456789abcdef1'];
    const { network, template } = made({ ...EXISTING, securityGroupIds: groups });

    expect(network.securityGroups.map(({ securityGroupId }) => securityGroupId)).toEqual(groups);
    expect(template().toJSON().Resources).toBeUndefined();
  });

  it('warns of nothing', () => {
    const { stack, template } = made(EXISTING);
    template();

    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });
});

describe('functions inside of a network', () => {
  it.each<PipelineNetworkProps>([
    { kind: 'new', natGateways: 1 },
    { ...EXISTING, wayOut: 'nat' },
    { ...EXISTING, wayOut: 'private-links' },
  ])('have a place where there is a way out: %j', (props) => {
    const { network } = made(props);

    expect(network.placementFor('ingest')).toEqual({
      vpc: network.vpc,
      subnets: network.subnets,
      securityGroups: network.securityGroups,
    });
  });

  it.each<PipelineNetworkProps>([{ kind: 'new' }, EXISTING, { ...EXISTING, wayOut: 'none' }])(
    'are refused where there is none: %j',
    (props) => {
      expect(() => made(props).network.placementFor('export crm')).toThrow(
        expect.objectContaining({
          code: 'NETWORK_NO_WAY_OUT',
          message: expect.stringContaining('export crm would run inside'),
        }),
      );
    },
  );
});
