import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { nagArn } from './acknowledge-resource.ts';

/**
 * The two roles that DMS looks for by name in an account, in every region: to put its machines into a VPC, and to write
 * logs. An account can have them once, so only one stack of it may make them, and where DMS was ever used from the
 * console they are there already. They stay when the stack goes: every other replication of the account needs them, and
 * DMS to clean up after its machines. A stack that is deployed anew then finds them and must not make them.
 *
 * @see https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html#CHAP_Security.APIRole
 */
export class DmsRoles extends Construct {
  readonly vpcRole: iam.Role;
  readonly logsRole: iam.Role;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpcRole = this.create('VpcRole', 'dms-vpc-role', 'AmazonDMSVPCManagementRole');
    this.logsRole = this.create('LogsRole', 'dms-cloudwatch-logs-role', 'AmazonDMSCloudWatchLogsRole');
  }

  private create(id: string, roleName: string, managedPolicy: string): iam.Role {
    const policy = iam.ManagedPolicy.fromAwsManagedPolicyName(`service-role/${managedPolicy}`);
    const role = new iam.Role(this, id, {
      roleName,
      assumedBy: new iam.ServicePrincipal('dms.amazonaws.com'),
      managedPolicies: [policy],
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM4[Policy::${nagArn(this, policy.managedPolicyArn)}]`,
      reason: `DMS documents ${roleName} with exactly this policy of AWS, and extends the policy when it needs more.`,
    });
    return role;
  }
}
