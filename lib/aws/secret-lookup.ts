import type { Reference } from '../config/config.ts';
import { isSecretArn } from '../config/reference.ts';
import type { Environment, PlacedReference, ReferenceLookup } from '../config/reference-lookup.ts';
import { TerminalError } from '../errors.ts';

export interface SecretLookupOptions {
  readonly env: Environment;
  /** Reads one secret by its ARN as the configuration spells it. */
  readonly read: (arn: string) => Promise<string>;
  /** How long a value is used before it is read again. @default 5 minutes */
  readonly lifetimeMs?: number;
  readonly now?: () => number;
}

const LIFETIME_MS = 5 * 60_000;

/** Looks into the environment, and for secrets named by their ARN where they are kept; each is kept for a while. */
export function createSecretLookup(options: SecretLookupOptions): ReferenceLookup {
  const { env, read, lifetimeMs = LIFETIME_MS, now = Date.now } = options;
  const kept = new Map<string, { readonly value: string; readonly until: number }>();
  const readNow = async (arn: string): Promise<string> => {
    const value = await read(arn);
    kept.set(arn, { value, until: now() + lifetimeMs });
    return value;
  };
  const fromKept = async (arn: string): Promise<string> => {
    const known = kept.get(arn);
    return known && now() < known.until ? known.value : await readNow(arn);
  };
  const withSecrets = async (
    references: readonly (Reference | PlacedReference)[],
    value: (arn: string) => Promise<string>,
  ): Promise<Environment> => {
    const arns = arnsOf(references);
    const read = await Promise.allSettled(arns.map(value));
    const failed = read.flatMap((one, index) =>
      one.status === 'rejected'
        ? [{ error: one.reason as unknown, paths: pathsOf(references, arns[index]!) }]
        : [],
    );
    if (failed.length > 0) throw inOne(failed);
    const found = read.flatMap((one, index) =>
      one.status === 'fulfilled' ? [[arns[index]!, one.value]] : [],
    );
    return { ...env, ...Object.fromEntries(found) };
  };
  return {
    values: (references) => withSecrets(references, fromKept),
    async renewed(references) {
      const arns = arnsOf(references);
      const before = new Map(arns.map((arn) => [arn, kept.get(arn)?.value]));
      const after = await withSecrets(references, readNow);
      return arns.some((arn) => before.get(arn) !== after[arn]) ? after : null;
    },
  };
}

interface Failed {
  readonly error: unknown;
  readonly paths: readonly string[];
}

/** What a person has to mend, all of it at once; else the first of the errors, which may pass. */
function inOne(failed: readonly Failed[]): unknown {
  const lasting = failed.flatMap(({ error, paths }) =>
    error instanceof TerminalError ? [{ error, paths }] : [],
  );
  const [first] = lasting;
  if (first === undefined) return failed[0]?.error;
  const pathsOfText = new Map<string, string[]>();
  for (const { error, paths } of lasting)
    pathsOfText.set(error.message, [...(pathsOfText.get(error.message) ?? []), ...paths]);
  const texts = [...pathsOfText].map(([text, paths]) =>
    paths.length === 0 ? text : `${paths.join(', ')}: ${text}`,
  );
  const { code, context } = first.error;
  return new TerminalError(code, texts.join(' '), { context, cause: first.error });
}

function arnsOf(references: readonly Reference[]): string[] {
  return [...new Set(references.map(({ template }) => template).filter(isSecretArn))];
}

function pathsOf(references: readonly (Reference | PlacedReference)[], arn: string): string[] {
  return references.flatMap((one) => (one.template === arn && 'path' in one ? [one.path] : []));
}
