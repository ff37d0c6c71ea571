import { readFileSync } from 'node:fs';
import { App, type Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

const ENV = { account: '123456789012', region: 'eu-central-1' };

/** A stack as the app makes them: the flags of cdk.json, and an account that is named, so that a look-up would show. */
export function testStack(name = 'test', env: Environment = ENV): Stack {
  // Twenty seconds of the CDK's own validation a template; the synth of the examples does it once.
  process.env.CDK_VALIDATION = 'false';
  return new Stack(new App({ context }), name, { env });
}

/** A stack's template. Throws when something would have to be looked up in an account. */
export function synthesized(stack: Stack): Template {
  const template = Template.fromStack(stack);
  const { missing = [] } = (stack.node.root as App).synth().manifest;
  if (missing.length > 0) throw new Error(`looked up: ${missing.map(({ key }) => key).join(', ')}`);
  return template;
}

/** What cdk-nag's AwsSolutions finds and nobody acknowledged, as `rule at path`. */
export function nagFindings(stack: Stack): string[] {
  (stack.node.root as App).synth();
  const { violations } = new AwsSolutionsChecks().validateScope(stack);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  );
}

/** The ARN of a secret of the account that stacks of tests go to. */
export function secretArn(name: string): string {
  return `arn:aws:secretsmanager:${ENV.region}:${ENV.account}:secret:${name}-AbCdEf`;
}

/** The ARN of a key of that account. */
export const KEY_ARN = `arn:aws:kms:${ENV.region}:${ENV.account}:key/11111111-2222-3333-4444-555555555555`;
