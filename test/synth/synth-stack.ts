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

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

interface Resources {
  readonly [logicalId: string]: { readonly Type: string; readonly Properties: Record<string, unknown> };
}

/** The statements of policies of roles, by the logical id of the policy. */
export function roleStatements(template: Template): Record<string, Statement[]> {
  const policies = template.findResources('AWS::IAM::Policy') as Resources;
  return Object.fromEntries(
    Object.entries(policies).map(([id, { Properties }]) => [
      id,
      (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
    ]),
  );
}

/** Statements of one role, found by a part of its policy's logical id. */
export function statementsOf(template: Template, part: string): Statement[] {
  return Object.entries(roleStatements(template)).flatMap(([id, statements]) =>
    id.includes(part) ? statements : [],
  );
}

/** Every action that some role may do to every resource. */
export function actionsOnEverything(template: Template): string[] {
  const actions = Object.values(roleStatements(template))
    .flat()
    .filter(({ Resource }) => Resource === '*' || (Array.isArray(Resource) && Resource.includes('*')))
    .flatMap(({ Action }) => Action);
  return [...new Set(actions)].sort();
}

/** Properties of the only resource of a type whose logical id begins so. */
export function properties(template: Template, type: string, prefix: string): Record<string, unknown> {
  const found = Object.entries(template.findResources(type) as Resources).filter(([id]) =>
    id.startsWith(prefix),
  );
  const [only] = found;
  if (found.length !== 1 || !only) throw new Error(`${found.length} ${type} begin with ${prefix}`);
  return only[1].Properties;
}
