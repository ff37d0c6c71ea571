import { TerminalError } from '../errors.ts';
import type { Reference } from './config.ts';

const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** What to write instead of a secret or a malformed reference. */
export const REFERENCE_HINT =
  'Write ${env:NAME}, where NAME is an environment variable of letters, digits and underscores.';

/**
 * Reads text with `${env:NAME}` anywhere in it, without looking anything up. Throws `TerminalError`
 * REFERENCE_INVALID for a `${` that does not begin such a reference; the message never carries the text.
 */
export function parseReference(text: string): Reference {
  if (hasMalformedReference(text)) {
    throw new TerminalError('REFERENCE_INVALID', `A setting has a malformed \${...}. ${REFERENCE_HINT}`);
  }
  return { template: text };
}

/**
 * The text with every variable put in, once: a value that itself looks like a reference stays as it is. The ARN of a
 * secret is the name of its value. Throws `TerminalError` SECRET_MISSING, naming the variables that are not set or empty
 * or the secret that nobody read, never a value.
 */
export function resolveReference(ref: Reference, env: Readonly<Record<string, string | undefined>>): string {
  const missing = namesToLookUp(ref).filter((name) => !Object.hasOwn(env, name) || !env[name]);
  if (missing.length > 0) throw secretMissing(new Map(missing.map((name) => [name, []])));
  if (isSecretArn(ref.template)) return env[ref.template] ?? '';
  return ref.template.replace(REFERENCE, (_, name: string) => env[name] ?? '');
}

/** Every name that the environment must have a value for: variables, or the secret by its ARN. */
export function namesToLookUp(ref: Reference): string[] {
  return isSecretArn(ref.template) ? [ref.template] : referencedNames(ref);
}

/** What is thrown for names without a value, each with the paths of the settings that refer to it, if they are known. */
export function secretMissing(missing: ReadonlyMap<string, readonly string[]>): TerminalError {
  const names = [...missing.keys()];
  const listed = (some: readonly string[]): string =>
    some.map((name) => `${name}${placesOf(missing.get(name) ?? [])}`).join(', ');
  const secrets = names.filter(isSecretArn);
  const variables = names.filter((name) => !isSecretArn(name));
  const problems = [
    ...(secrets.length === 0 ? [] : [missingSecrets(listed(secrets))]),
    ...(variables.length === 0 ? [] : [missingVariables(listed(variables), variables.length > 1)]),
  ];
  return new TerminalError('SECRET_MISSING', problems.join(' '), { context: { variables: names } });
}

function placesOf(paths: readonly string[]): string {
  return paths.length === 0 ? '' : ` (${paths.join(', ')})`;
}

function missingSecrets(listed: string): string {
  return `The secret ${listed}, to which the configuration refers, has no value here. Store one, or write \${env:NAME} and set that variable.`;
}

function missingVariables(listed: string, areMany: boolean): string {
  const [noun, verb, them] = areMany ? ['variables', 'are', 'them'] : ['variable', 'is', 'it'];
  return `Environment ${noun} ${listed} ${verb} not set, but the configuration refers to ${them}. Set ${them} and run again.`;
}

/** The variables a reference names, each once, in order. */
export function referencedNames(ref: Reference): string[] {
  return [...new Set([...ref.template.matchAll(REFERENCE)].map((match) => match[1] ?? ''))];
}

/** True when nothing has to be looked up. */
export function isLiteral(ref: Reference): boolean {
  return referencedNames(ref).length === 0;
}

/** True when a `${` in the text does not begin a well-formed reference. */
export function hasMalformedReference(text: string): boolean {
  return maskReferences(text).includes('${');
}

/** True when the text is references and nothing else. */
export function isOnlyReferences(text: string): boolean {
  return text !== '' && text.replace(REFERENCE, '') === '';
}

/** True for the ARN of a Secrets Manager secret, which says where a secret is and is none itself. */
export function isSecretArn(text: string): boolean {
  return /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@:-]+$/.test(text);
}

/** The ARN of a secret without the key, stage and version that may follow it: what rights are given to. */
export function bareSecretArn(arn: string): string {
  return arn.split(':').slice(0, 7).join(':');
}

/** The text with each reference as one U+0001, so that what is between them can be looked at. */
export function maskReferences(text: string): string {
  return text.replace(REFERENCE, '\u0001');
}
