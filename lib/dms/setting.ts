/** What a setting of DMS can be: a kind of value, or one of these words, in any case. */
export type SettingKind = 'boolean' | 'number' | 'text' | 'list' | 'map' | readonly string[];

/** Settings by name. */
export type SettingKinds = Readonly<Record<string, SettingKind>>;

/** A value that a setting must have, or must not have. */
export interface SettingRule {
  readonly name: string;
  /** True for a value, as `settingValue` gives it, that must not be. Undefined: the setting is not there. */
  readonly refuses: (value: unknown) => boolean;
  /** What would happen, as the end of a sentence that begins with setting and value. */
  readonly why: string;
  readonly hint: string;
}

/** The setting must have this value; not being there is as wrong as another value. */
export function mustBe(name: string, wanted: unknown, why: string, hint?: string): SettingRule {
  return {
    name,
    refuses: (value) => value !== wanted,
    why,
    hint: hint ?? `Remove it: it is ${String(wanted)}.`,
  };
}

/** The setting must not have one of these values; not being there is fine. */
export function mustNotBe(name: string, refused: readonly unknown[], why: string, hint: string): SettingRule {
  return { name, refuses: (value) => refused.includes(value), why, hint };
}

/** The setting must not be there, or be empty. */
export function mustNotBeSet(name: string, why: string, hint: string): SettingRule {
  return { name, refuses: (value) => value !== undefined && value !== null && value !== '', why, hint };
}

/**
 * A value as DMS reads it: true and false also as words, `y` and `n`; numbers also as text; one of several words in the
 * case of the list. Undefined when it is not of this kind.
 */
export function settingValue(value: unknown, kind: SettingKind): unknown {
  if (Array.isArray(kind)) {
    return kind.find((word: string) => typeof value === 'string' && sameWord(word, value));
  }
  switch (kind) {
    case 'boolean':
      return asBoolean(value);
    case 'number':
      return asNumber(value);
    case 'text':
      return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
    case 'list':
      return Array.isArray(value) ? value : undefined;
    default:
      return isMap(value) ? value : undefined;
  }
}

/** True for a map of fields. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a setting of this kind may be, for a person. */
export function describeKind(kind: SettingKind): string {
  if (Array.isArray(kind)) return `one of ${kind.join(', ')}`;
  const names = {
    boolean: 'true or false',
    number: 'a number',
    text: 'text',
    list: 'a list',
    map: 'a map of fields',
  };
  return names[kind as keyof typeof names];
}

/** API, CloudFormation and extra attributes write `sse-kms`, `SSE_KMS` and `SSE-KMS`. */
function sameWord(a: string, b: string): boolean {
  const simple = (word: string): string => word.toLowerCase().replaceAll('_', '-');
  return simple(a) === simple(b);
}

function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  if (/^(true|y)$/i.test(value)) return true;
  return /^(false|n)$/i.test(value) ? false : undefined;
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : undefined;
}
