import { App, Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { PipelineNetwork } from '../../lib/infra/network.ts';
import { TableReplication } from '../../lib/infra/table-replication.ts';

/**
 * Tidemark as a construct of an app of your own: `npx cdk synth --app 'npx tsx examples/cdk/app.ts'`. ARNs, ids and
 * addresses are made up.
 */
export function customerApp(app: App): Stack {
  const stack = new Stack(app, 'crm', { env: { account: '123456789012', region: 'eu-central-1' } });
  const secret = (name: string): string =>
    `arn:aws:secretsmanager:${stack.region}:${stack.account}:secret:${name}`;

  const customer = new TableReplication(stack, 'Customer', {
    replication: { source: { engine: 'sqlserver', database: 'crm', secretArn: secret('crm-AbCdEf') } },
    tables: [
      { name: 'customer', keys: ['customer_id'] },
      { name: 'contact', source: 'dbo.Contact', keys: ['contact_id'], history: 'every-change' },
    ],
    databricks: {
      host: 'dbc-a1b2c3d4-e5f6.cloud.databricks.com',
      httpPath: '/sql/1.0/warehouses/0123456789abcdef',
      clientId: '8f2c1d3e-0000-4000-8000-5a6b7c8d9e0f',
      clientSecretArn: secret('databricks-AbCdEf'),
      catalog: 'lake',
      schema: 'crm',
    },
    network: new PipelineNetwork(stack, 'Network', {
      kind: 'existing',
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      wayOut: 'nat',
    }),
    window: Duration.minutes(5),
    alarmEmails: ['data@example.com'],
  });

  const operator = new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  customer.grantTrigger(operator);
  customer
    .metricLag('customer')
    .createAlarm(stack, 'CustomerLags', { threshold: Duration.hours(4).toSeconds(), evaluationPeriods: 3 });
  return stack;
}

if (process.argv[1] === import.meta.filename) customerApp(new App());
