/**
 * What a driver threw, as the cause of an error of ours: its name, its code and where it came from, without its message,
 * which may quote a statement with its literals or a row value. Causes are printed for who looks for a fault.
 */
export function quietCause(thrown: unknown): Error {
  const quiet = new Error('its own words are left out, since they may hold row values');
  const { name, code } = (thrown ?? {}) as { name?: unknown; code?: unknown };
  quiet.name = typeof name === 'string' ? name : 'Thrown';
  quiet.stack = `${quiet.name}: ${quiet.message}${frames(thrown)}`;
  return typeof code === 'string' ? Object.assign(quiet, { code }) : quiet;
}

/** The lines of a stack below its message; none where it cannot be told where the message ends. */
function frames(thrown: unknown): string {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return '';
  const at = thrown.stack.indexOf(thrown.message);
  return at < 0 ? '' : thrown.stack.slice(at + thrown.message.length).replace(/^[^\n]*/, '');
}
