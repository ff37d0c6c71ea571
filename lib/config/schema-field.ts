import { z } from 'zod';
import { hasControlCharacter, nameBytes } from './names.ts';
import { hasMalformedReference, isOnlyReferences, isSecretArn, REFERENCE_HINT } from './reference.ts';

/** A field that may be left out. The description and the default show in editors; the parser fills the default in. */
export function setting<S extends z.ZodType>(schema: S, description: string, fallback?: unknown) {
  if (fallback === undefined) return schema.optional().meta({ description });
  const shown = typeof fallback === 'string' ? fallback : JSON.stringify(fallback);
  return schema.optional().meta({ description: `${description} Default: ${shown}`, default: fallback });
}

/** A field that must be there. */
export function required<S extends z.ZodType>(schema: S, description: string): S {
  return schema.meta({ description });
}

/** Adds a problem with a hint from inside a refinement. `path` is below the value refined. */
export function complain(
  ctx: z.core.$RefinementCtx,
  message: string,
  hint: string,
  path: (string | number)[] = [],
): void {
  ctx.addIssue({ code: 'custom', message, path, params: { hint } });
}

/** Text of one line, not empty, in which nothing is looked up. */
export function plainText() {
  return z
    .string()
    .min(1)
    .superRefine((text, ctx) => {
      if (hasControlCharacter(text)) {
        complain(ctx, 'contains a control character', 'Remove line breaks, tabs, NUL and the like.');
      }
      if (text.includes('${env:')) {
        complain(
          ctx,
          'is plain text, but holds a ${env:...} reference',
          'Write the value itself: only the connections of exports and of a Databricks engine look at the environment.',
        );
      }
    });
}

/** Text of one line, not empty, with `${env:NAME}` anywhere in it. */
export function referenceText() {
  return z
    .string()
    .min(1)
    .superRefine((text, ctx) => {
      if (hasControlCharacter(text)) {
        complain(ctx, 'contains a control character', 'Remove line breaks, tabs, NUL and the like.');
      }
      if (hasMalformedReference(text)) complain(ctx, 'has a malformed ${...}', REFERENCE_HINT);
    });
}

/** A secret by reference: `${env:NAME}`, or the ARN of a secret. Literal text is refused and never repeated. */
export function secretText(what: 'secret' | 'token') {
  return referenceText().superRefine((text, ctx) => {
    if (isOnlyReferences(text) || isSecretArn(text) || hasMalformedReference(text)) return;
    complain(ctx, `is a ${what} in plain text`, `Take it out of the file. ${REFERENCE_HINT}`);
  });
}

/** Longest table name in bytes: with its longest suffix it must still be a folder name everywhere. */
const MAX_TABLE_NAME_BYTES = 200;

/** A table name: any text that can also be a folder. */
export function tableName() {
  return plainText().superRefine((name, ctx) => {
    if (/[/\\]/.test(name) || name.includes('..')) {
      complain(
        ctx,
        'has "/", "\\" or ".." in it, but it becomes a folder name',
        'Choose a name without them.',
      );
    }
    if (nameBytes(name) > MAX_TABLE_NAME_BYTES) {
      complain(
        ctx,
        `has ${nameBytes(name)} bytes, but it becomes a folder name`,
        `Use at most ${MAX_TABLE_NAME_BYTES} bytes.`,
      );
    }
  });
}
