import type { SchemaElement } from 'hyparquet';
import type { FileColumn } from './change-file.ts';

const LOGICAL = { MILLIS: 'millis', MICROS: null, NANOS: 'nanos' } as const;

/**
 * What a footer says of how a time or a timestamp is stored; nothing of any other column. The logical type wins over
 * the legacy one, by which every time is one of UTC.
 */
export function storedTime(element: SchemaElement): Pick<FileColumn, 'stored' | 'adjustedToUtc'> {
  const { type: physical, logical_type: logical, converted_type: converted } = element;
  if (logical?.type === 'TIME' || logical?.type === 'TIMESTAMP') {
    return describe(LOGICAL[logical.unit], logical.type === 'TIME' && logical.isAdjustedToUTC);
  }
  if (logical) return {};
  if (physical === 'INT96') return describe('int96', false);
  const legacy = /^(TIME|TIMESTAMP)_(MILLIS|MICROS)$/.exec(converted ?? '');
  return legacy ? describe(LOGICAL[legacy[2] as keyof typeof LOGICAL], legacy[1] === 'TIME') : {};
}

function describe(
  stored: FileColumn['stored'] | null,
  adjustedToUtc: boolean,
): Pick<FileColumn, 'stored' | 'adjustedToUtc'> {
  return { ...(stored && { stored }), ...(adjustedToUtc && { adjustedToUtc }) };
}
