import type { z } from 'zod';
import type { CheckedMap } from './check-engine.ts';

/** A map whose fields may all be left out: those that are there, and of them those that can be checked further. */
export function someMap<T>(schema: z.ZodType<T>, item: unknown): CheckedMap<T> {
  const isMap = typeof item === 'object' && item !== null && !Array.isArray(item);
  return {
    given: isMap ? Object.keys(item) : [],
    written: rightFields<Partial<T>>(schema, schema, item) ?? {},
  };
}

/** Fields that mean something else once a part of them is gone. */
const WHOLE = ['columns', 'connection', 'auth', 'settings', 'taskSettings', 'targetSettings', 'tags'];

/** The fields of a map that have the right shape, so that they can be checked further; null when none can. */
export function rightFields<T>(schema: z.ZodType, partial: z.ZodType<T>, item: unknown): T | null {
  const issues = schema.safeParse(item).error?.issues ?? [];
  const rest: unknown = structuredClone(item);
  for (const { path, ...issue } of issues) {
    const fields = issue.code === 'unrecognized_keys' ? issue.keys : [null];
    for (const last of fields) removeField(rest, last === null ? path : [...path, last]);
  }
  return partial.safeParse(rest).data ?? null;
}

/** Removes what is at the path, or the list or whole that it is part of. */
function removeField(value: unknown, path: readonly PropertyKey[]): void {
  const [step, next] = path;
  if (typeof value !== 'object' || value === null || typeof step !== 'string') return;
  const inner = field(value, step);
  const goesDeeper = typeof next === 'string' && !WHOLE.includes(step);
  if (goesDeeper && typeof inner === 'object' && inner !== null) removeField(inner, path.slice(1));
  else Reflect.deleteProperty(value, step);
}

/** The items of a list, none where there is no list. */
export function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

/** A field of a map, undefined where there is no map. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
