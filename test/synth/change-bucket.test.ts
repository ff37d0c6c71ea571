import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { ChangeBucket, type ChangeBucketProps } from '../../lib/infra/change-bucket.ts';
import { lifecycleRules } from '../../lib/infra/change-bucket-lifecycle.ts';
import { properties } from './read-template.ts';
import { KEY_ARN, nagFindings, synthesized, testStack } from './synth-stack.ts';

const NAME = 'acme-lake-sales-eu-central-1';

function made(props: Partial<ChangeBucketProps> = {}) {
  const stack = testStack();
  new ChangeBucket(stack, 'Changes', { bucketName: NAME, ...props });
  return { stack, template: synthesized(stack) };
}

describe('ChangeBucket', () => {
  it('outlives its stack, and so do its key and its logs', () => {
    const { template } = made();
    const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };

    template.allResources('AWS::S3::Bucket', kept);
    template.allResources('AWS::KMS::Key', kept);
    template.resourceCountIs('AWS::S3::Bucket', 2);
  });

  it('has the logical ids that a deployed stack knows', () => {
    const { template } = made();

    expect(Object.keys(template.findResources('AWS::S3::Bucket')).sort()).toEqual([
      'ChangesBucket37C7F0B5',
      'ChangesLogs11D805E6',
    ]);
    expect(Object.keys(template.findResources('AWS::KMS::Key'))).toEqual(['ChangesKey268101CA']);
  });

  it('is encrypted by a key that is rotated, with one call to it for many files', () => {
    const { template } = made();

    template.allResourcesProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    expect(properties(template, 'AWS::S3::Bucket', 'ChangesBucket').BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: 'aws:kms',
            KMSMasterKeyID: { 'Fn::GetAtt': ['ChangesKey268101CA', 'Arn'] },
          },
        },
      ],
    });
  });

  it('is the same in an app that sets no flag of the CDK', () => {
    const stack = new Stack(new App(), 'test', {
      env: { account: '123456789012', region: 'eu-central-1' },
    });
    new ChangeBucket(stack, 'Changes', { bucketName: NAME });

    expect(synthesized(stack).findResources('AWS::S3::Bucket')).toEqual(
      made().template.findResources('AWS::S3::Bucket'),
    );
  });

  it('is open to nobody outside of the account and to nothing but TLS 1.2 or later, and so are its logs', () => {
    const { template } = made();

    template.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    template.resourceCountIs('AWS::S3::BucketPolicy', 2);
    template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } },
          }),
        ]),
      },
    });
  });

  it('is versioned, writes down who read it, and sends its events to EventBridge without a function of the CDK', () => {
    const { template } = made();

    expect(properties(template, 'AWS::S3::Bucket', 'ChangesBucket')).toMatchObject({
      BucketName: NAME,
      VersioningConfiguration: { Status: 'Enabled' },
      LoggingConfiguration: { LogFilePrefix: 'change-files/' },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    template.resourceCountIs('AWS::Lambda::Function', 0);
  });

  it('makes processed files cheaper by their tag, in one rule for all tables', () => {
    const { template } = made({ lifecycle: { processed: Duration.days(400) } });

    expect(properties(template, 'AWS::S3::Bucket', 'ChangesBucket').LifecycleConfiguration).toEqual({
      Rules: [
        {
          Id: 'old-versions',
          Status: 'Enabled',
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          ExpiredObjectDeleteMarker: true,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        },
        {
          Id: 'processed-files',
          Status: 'Enabled',
          TagFilters: [{ Key: 'tidemark-place', Value: 'processed' }],
          Transitions: [
            { StorageClass: 'STANDARD_IA', TransitionInDays: 30 },
            { StorageClass: 'GLACIER_IR', TransitionInDays: 90 },
          ],
          ExpirationInDays: 400,
        },
      ],
    });
  });

  it('uses a key that is given', () => {
    const stack = testStack();
    new ChangeBucket(stack, 'Changes', {
      bucketName: NAME,
      encryptionKey: Key.fromKeyArn(stack, 'Given', KEY_ARN),
    });
    const template = synthesized(stack);

    template.resourceCountIs('AWS::KMS::Key', 0);
    expect(
      JSON.stringify(properties(template, 'AWS::S3::Bucket', 'ChangesBucket').BucketEncryption),
    ).toContain(KEY_ARN);
  });

  it('passes cdk-nag', () => {
    expect(nagFindings(made().stack)).toEqual([]);
  });
});

describe('ChangeBucket.existing', () => {
  it('makes nothing, and says how its events are turned on', () => {
    const stack = testStack();

    const bucket = ChangeBucket.existing(stack, 'Changes', { bucketName: 'theirs' });

    expect([bucket.bucketName, bucket.bucket.bucketName, bucket.encryptionKey]).toEqual([
      'theirs',
      'theirs',
      undefined,
    ]);
    expect(synthesized(stack).toJSON()).toEqual({
      Outputs: {
        ChangesTurnOnEvents0BDB0AA3: {
          Description:
            'Bucket theirs must send its events to EventBridge. See what it does with get-bucket-notification-configuration: this command replaces all of it',
          Value:
            'aws s3api put-bucket-notification-configuration --bucket theirs --notification-configuration \'{"EventBridgeConfiguration":{}}\'',
        },
      },
      Parameters: expect.anything(),
      Rules: expect.anything(),
    });
  });
});

describe('lifecycleRules', () => {
  const ids = (lifecycle: Parameters<typeof lifecycleRules>[0]) =>
    lifecycleRules(lifecycle).map(({ id }) => id);

  it('has no rule for processed files where nothing is to happen to them', () => {
    expect(ids({ infrequentAccess: null, glacier: null })).toEqual(['old-versions']);
    expect(ids({ infrequentAccess: null, glacier: null, processed: Duration.days(1) })).toEqual([
      'old-versions',
      'processed-files',
    ]);
  });

  it.each([
    { infrequentAccess: Duration.days(29) },
    { infrequentAccess: Duration.days(30), glacier: Duration.days(59) },
    { processed: Duration.days(90) },
    { glacier: null, processed: Duration.days(30) },
  ])('refuses days that S3 would refuse: %j', (lifecycle) => {
    expect(() => lifecycleRules(lifecycle)).toThrow(expect.objectContaining({ code: 'BUCKET_LIFECYCLE' }));
  });
});
