import { z } from 'zod';
import { cidrProblem } from './cidr.ts';
import { NEW_NETWORK_DEFAULTS } from './defaults.ts';
import { formed } from './schema-aws.ts';
import { complain, plainText, setting } from './schema-field.ts';

const cidr = plainText().superRefine((text, ctx) => {
  const problem = cidrProblem(text);
  if (problem) complain(ctx, problem.message, problem.hint);
});

function idOf(prefix: string, what: string) {
  const form = new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`);
  return formed(form, `is not the id of a ${what}`, `For instance ${prefix}-0123456789abcdef0.`);
}

const zone = formed(
  /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}(-[a-z]{3}-\d)?[a-z]$/,
  'is not the name of a zone',
  'For instance us-east-1a.',
);

const existingFields = {
  vpcId: setting(idOf('vpc', 'VPC'), 'Existing, required: id of the VPC.'),
  subnetIds: setting(
    z.array(idOf('subnet', 'subnet')).min(1),
    'Existing, required: at least two subnets, in different zones.',
  ),
  availabilityZones: setting(
    z.array(zone).min(1),
    'Existing, required: the zone of each subnet, in the order of `subnetIds`.',
  ),
  securityGroupIds: setting(
    z.array(idOf('sg', 'security group')),
    'Existing: security groups of DMS and of functions. Default: one is made, with ways out only',
  ),
  wayOut: setting(
    z.enum(['nat', 'private-links', 'none']),
    'Existing: how functions in the VPC reach Databricks and AWS. It is taken at its word. Default: none',
  ),
};

const newFields = {
  cidr: setting(cidr, 'New: addresses of the VPC, /16 to /26.', NEW_NETWORK_DEFAULTS.cidr),
  natGateways: setting(
    z.int().min(0).max(2),
    'New: NAT gateways, 0 to 2. With none, nothing in the VPC reaches Databricks or a database outside.',
    NEW_NETWORK_DEFAULTS.natGateways,
  ),
};

/** Where machines are. Which fields go with which kind is checked by `checkNetwork`. */
export const networkSchema = z.strictObject({
  kind: setting(
    z.enum(['new', 'existing']),
    'A small VPC of its own, with endpoints for what DMS needs, or one that is there. Nothing is looked up.',
    NEW_NETWORK_DEFAULTS.kind,
  ),
  ...newFields,
  ...existingFields,
});

type Field = keyof typeof newFields | keyof typeof existingFields;

/** Fields that mean something beside one kind of network only. */
export const NETWORK_FIELDS: Readonly<Record<'new' | 'existing', readonly Field[]>> = {
  new: Object.keys(newFields) as (keyof typeof newFields)[],
  existing: Object.keys(existingFields) as (keyof typeof existingFields)[],
};

/** The network as written, of the right shape. */
export type NetworkYaml = z.infer<typeof networkSchema>;
