import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** Name of the pipeline, for the subject of mails. */
  readonly pipeline: string;
  /** Get a mail for each alarm, once they confirmed the subscription. @default - nobody */
  readonly emails?: readonly string[];
  /**
   * ARN of a topic of your own in place of one that is made. Its policy must let `cloudwatch.amazonaws.com` publish, and
   * if a key of yours encrypts it, the key's policy must let that service use it.
   * @default - one is made
   */
  readonly topicArn?: string;
  /** Key that encrypts the topic that is made; alarms are let use it. @default - one is made, rotated every year */
  readonly encryptionKey?: IKey;
}

/** Who hears of a pipeline's alarms: an encrypted topic that takes messages by TLS only, and mails. */
export class AlarmTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const { topicArn, emails = [] } = props;
    this.topic =
      topicArn === undefined ? this.createTopic(props) : Topic.fromTopicArn(this, 'Given', topicArn);
    for (const address of emails) this.topic.addSubscription(new EmailSubscription(address));
  }

  private createTopic({ pipeline, encryptionKey }: AlarmTopicProps): Topic {
    const masterKey =
      encryptionKey ??
      new Key(this, 'Key', {
        description: `Alarms of pipeline ${pipeline}`,
        enableKeyRotation: true,
        // A topic keeps no messages, so nothing is left that it could decrypt.
        removalPolicy: RemovalPolicy.DESTROY,
      });
    const topic = new Topic(this, 'Topic', {
      displayName: `Tidemark ${pipeline}`,
      masterKey,
      enforceSSL: true,
    });
    const publisher = {
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    };
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        ...publisher,
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
      }),
    );
    masterKey.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsEncrypt',
        ...publisher,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    return topic;
  }
}
