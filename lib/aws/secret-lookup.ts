import type { Reference } from '../config/config.ts';
import { isSecretArn } from '../config/reference.ts';
import type { Environment, ReferenceLookup } from '../config/reference-lookup.ts';

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
    arns: readonly string[],
    value: (arn: string) => Promise<string>,
  ): Promise<Environment> => {
    const found = await Promise.all(arns.map(async (arn) => [arn, await value(arn)] as const));
    return { ...env, ...Object.fromEntries(found) };
  };
  return {
    values: (references) => withSecrets(arnsOf(references), fromKept),
    async renewed(references) {
      const arns = arnsOf(references);
      const before = new Map(arns.map((arn) => [arn, kept.get(arn)?.value]));
      const after = await withSecrets(arns, readNow);
      return arns.some((arn) => before.get(arn) !== after[arn]) ? after : null;
    },
  };
}

function arnsOf(references: readonly Reference[]): string[] {
  return [...new Set(references.map(({ template }) => template).filter(isSecretArn))];
}
