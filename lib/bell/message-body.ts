/** The fields of a message's body, or null where it is no JSON object. */
export function bodyFields(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

/** True for a name that something in the configuration could have. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
