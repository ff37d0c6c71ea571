/** What a service asks for, in US dollars before taxes. */
export interface Price {
  readonly usd: number;
  /** What it is paid for: `hour of a capacity unit`. */
  readonly per: string;
  /** Where the service says so. */
  readonly source: string;
  /** Not read on the page itself, and known to differ between those who quote it. */
  readonly approximate?: true;
}

/** When the prices were noted. They are looked up nowhere: compare them with their sources before you rely on them. */
export const PRICES_AS_OF = '2026-11';

/** Region that the prices are of. Others are up to a quarter dearer. */
export const PRICES_REGION = 'us-east-1';

const DMS = 'https://aws.amazon.com/dms/pricing/';
const S3 = 'https://aws.amazon.com/s3/pricing/';
const SQS = 'https://aws.amazon.com/sqs/pricing/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const EVENTS = 'https://aws.amazon.com/eventbridge/pricing/';
const KMS = 'https://aws.amazon.com/kms/pricing/';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';
const PRIVATE_LINK = 'https://aws.amazon.com/privatelink/pricing/';
const STEP_FUNCTIONS = 'https://aws.amazon.com/step-functions/pricing/';
const VPC = 'https://aws.amazon.com/vpc/pricing/';
const DATABRICKS = 'https://www.databricks.com/product/pricing/databricks-sql';

const price = (usd: number, per: string, source: string): Price => ({ usd, per, source });
const about = (usd: number, per: string, source: string): Price => ({
  ...price(usd, per, source),
  approximate: true,
});

const instance = (usd: number): Price => about(usd, 'hour of the machine, in one zone', DMS);

/** List prices, without free tiers, volume discounts and contracts. */
export const PRICES = {
  'dms.capacityUnitHour': about(0.087, 'hour of a capacity unit (2 GB), in one zone', DMS),
  'dms.t3.micro': instance(0.018),
  'dms.t3.small': instance(0.036),
  'dms.t3.medium': instance(0.0745),
  'dms.t3.large': instance(0.149),
  'dms.c5.large': instance(0.154),
  'dms.c5.xlarge': instance(0.308),
  'dms.c5.2xlarge': instance(0.616),
  'dms.c5.4xlarge': instance(1.232),
  'dms.c6i.large': instance(0.17),
  'dms.c6i.xlarge': instance(0.34),
  'dms.c6i.2xlarge': instance(0.68),
  'dms.r5.large': instance(0.205),
  'dms.r5.xlarge': instance(0.41),
  'dms.r5.2xlarge': instance(0.82),
  'dms.r6i.large': instance(0.252),
  'dms.r6i.xlarge': instance(0.504),
  'dms.r6i.2xlarge': instance(1.008),
  'dms.storageGbMonth': price(0.115, 'GB of disk and month, beyond what the machine comes with', DMS),
  's3.storageGbMonth': price(0.023, 'GB and month', S3),
  's3.writeRequest': price(0.000_005, 'PUT, COPY or LIST request', S3),
  's3.readRequest': price(0.000_000_4, 'GET request', S3),
  'sqs.request': price(0.000_000_4, 'request to a standard queue', SQS),
  'sqs.fifoRequest': price(0.000_000_5, 'request to a FIFO queue', SQS),
  'lambda.gbSecond': price(0.000_013_333_4, 'second of a GB, on ARM', LAMBDA),
  'lambda.request': price(0.000_000_2, 'call', LAMBDA),
  'eventbridge.objectEvent': price(0.000_001, 'event of an object in S3', EVENTS),
  'eventbridge.schedule': price(0.000_001, 'call by a schedule', EVENTS),
  'stepFunctions.transition': price(0.000_025, 'step of a state machine', STEP_FUNCTIONS),
  'kms.keyMonth': price(1, 'key and month', KMS),
  'kms.request': price(0.000_003, 'request', KMS),
  'cloudwatch.alarmMonth': price(0.1, 'alarm on one metric and month', CLOUDWATCH),
  'cloudwatch.metricMonth': price(0.3, 'metric of ours and month', CLOUDWATCH),
  'cloudwatch.dashboardMonth': price(3, 'dashboard and month', CLOUDWATCH),
  'cloudwatch.logGb': price(0.5, 'GB of logs', CLOUDWATCH),
  'vpc.endpointHour': price(0.01, 'hour of an interface endpoint in one zone', PRIVATE_LINK),
  'vpc.natHour': price(0.045, 'hour of a NAT gateway', VPC),
  'databricks.dbu': price(0.7, 'DBU of a serverless SQL warehouse', DATABRICKS),
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;

/** The table of prices to calculate with: the one above, or with some in a person's own words. */
export type PriceTable = Readonly<Record<PriceName, Price>>;

/** True for a name in the table. */
export function isPriceName(name: string): name is PriceName {
  return Object.hasOwn(PRICES, name);
}
