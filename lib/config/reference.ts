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
 * The text with every variable put in, once: a value that itself looks like a reference stays as it is. Throws
 * `TerminalError` SECRET_MISSING, naming the variables that are not set or empty, never a value.
 */
export function resolveReference(ref: Reference, env: Readonly<Record<string, string | undefined>>): string {
  const missing = referencedNames(ref).filter((name) => !Object.hasOwn(env, name) || !env[name]);
  if (missing.length > 0) {
    const names = missing.join(', ');
    throw new TerminalError(
      'SECRET_MISSING',
      `Environment variable ${names} is not set, but the configuration refers to it. Set it and run again.`,
      { context: { variables: missing } },
    );
  }
  return ref.template.replace(REFERENCE, (_, name: string) => env[name] ?? '');
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

/**
 * Throws `TerminalError` SECRET_MISSING when one of them is the ARN of a secret, which functions in the cloud read and
 * this process does not. `where` is the setting that names it.
 */
export function refuseSecretArns(references: readonly Reference[], where: string): void {
  const arn = references.map(({ template }) => template).find(isSecretArn);
  if (arn === undefined) return;
  throw new TerminalError(
    'SECRET_MISSING',
    `The configuration names the secret ${arn} in "${where}", which cannot be read from here. Write \${env:NAME} and set that variable.`,
  );
}

/** The text with each reference as one U+0001, so that what is between them can be looked at. */
export function maskReferences(text: string): string {
  return text.replace(REFERENCE, '\u0001');
}
