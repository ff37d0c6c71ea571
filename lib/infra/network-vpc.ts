import { Fn } from 'aws-cdk-lib';
import {
  CfnEIP,
  CfnInternetGateway,
  CfnNatGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
  CfnVPCGatewayAttachment,
  type IVpc,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

/** Zones of the VPC: DMS wants subnets in two. */
const ZONES = 2;

/** Four equal parts: a private and a public one for each zone. The public ones stay free where there is no gateway. */
const PARTS = 2 * ZONES;

interface Zone {
  readonly name: string;
  readonly privateCidr: string;
  readonly publicCidr: string;
}

/**
 * A VPC of two zones with private subnets, and with NAT gateways if asked for. Made of single resources: the CDK's own
 * `Vpc` asks AWS for the zones of an account that is named, and nothing is asked at synth. Adding a gateway later
 * touches no subnet that is there.
 *
 * @param natGateways 0 to 2
 */
export function createVpc(scope: Construct, cidr: string, natGateways: number): IVpc {
  const vpc = new CfnVPC(scope, 'Vpc', {
    cidrBlock: cidr,
    enableDnsHostnames: true,
    enableDnsSupport: true,
    tags: [{ key: 'Name', value: scope.node.path }],
  });
  const zones = zonesOf(cidr);
  const privates = zones.map((zone, at) => createPrivateSubnet(scope, vpc.ref, zone, at));
  if (natGateways > 0) {
    const gateways = createGateways(scope, vpc.ref, zones.slice(0, natGateways));
    privates.forEach(({ routeTable }, at) => {
      new CfnRoute(scope, `NatRoute${at + 1}`, {
        routeTableId: routeTable.ref,
        destinationCidrBlock: '0.0.0.0/0',
        natGatewayId: gateways[at % gateways.length]!.ref,
      });
    });
  }
  return Vpc.fromVpcAttributes(scope, 'Imported', {
    vpcId: vpc.ref,
    vpcCidrBlock: cidr,
    availabilityZones: zones.map(({ name }) => name),
    privateSubnetIds: privates.map(({ subnet }) => subnet.ref),
    privateSubnetRouteTableIds: privates.map(({ routeTable }) => routeTable.ref),
  });
}

function zonesOf(cidr: string): Zone[] {
  const bits = 32 - Number(cidr.split('/')[1]) - Math.log2(PARTS);
  const parts = Fn.cidr(cidr, PARTS, String(bits));
  return Array.from({ length: ZONES }, (_, at) => ({
    name: Fn.select(at, Fn.getAzs()),
    privateCidr: Fn.select(at, parts),
    publicCidr: Fn.select(ZONES + at, parts),
  }));
}

function createPrivateSubnet(scope: Construct, vpcId: string, zone: Zone, at: number) {
  return createSubnet(scope, `Private${at + 1}`, vpcId, zone.name, zone.privateCidr);
}

function createSubnet(
  scope: Construct,
  id: string,
  vpcId: string,
  availabilityZone: string,
  cidrBlock: string,
) {
  const tags = [{ key: 'Name', value: `${scope.node.path}/${id}` }];
  const subnet = new CfnSubnet(scope, `${id}Subnet`, {
    vpcId,
    availabilityZone,
    cidrBlock,
    mapPublicIpOnLaunch: false,
    tags,
  });
  const routeTable = new CfnRouteTable(scope, `${id}Routes`, { vpcId, tags });
  new CfnSubnetRouteTableAssociation(scope, `${id}Association`, {
    subnetId: subnet.ref,
    routeTableId: routeTable.ref,
  });
  return { subnet, routeTable };
}

/** A NAT gateway in a public subnet of each of these zones. */
function createGateways(scope: Construct, vpcId: string, zones: readonly Zone[]): CfnNatGateway[] {
  const internet = new CfnInternetGateway(scope, 'Internet');
  const attachment = new CfnVPCGatewayAttachment(scope, 'InternetAttachment', {
    vpcId,
    internetGatewayId: internet.ref,
  });
  return zones.map((zone, at) => {
    const id = `Public${at + 1}`;
    const { subnet, routeTable } = createSubnet(scope, id, vpcId, zone.name, zone.publicCidr);
    const route = new CfnRoute(scope, `${id}Route`, {
      routeTableId: routeTable.ref,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: internet.ref,
    });
    const address = new CfnEIP(scope, `NatAddress${at + 1}`, { domain: 'vpc' });
    const gateway = new CfnNatGateway(scope, `Nat${at + 1}`, {
      subnetId: subnet.ref,
      allocationId: address.attrAllocationId,
    });
    route.addResourceDependency(attachment);
    address.addResourceDependency(attachment);
    gateway.addResourceDependency(route);
    return gateway;
  });
}
