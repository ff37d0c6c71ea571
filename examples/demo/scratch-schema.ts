import { renderFindSchema, schemaName } from '../../lib/catalog/schema-object.ts';
import { TerminalError } from '../../lib/errors.ts';
import type { SqlSession } from '../../lib/ports.ts';

/** A schema that is made for one purpose and dropped with all that is in it. */
export interface ScratchSchema {
  readonly catalog: string;
  readonly schema: string;
  /** Its comment, by which it is known as ours. */
  readonly mark: string;
}

/**
 * Makes the schema, empty. One with our mark is dropped first; any other is refused with `TerminalError` SCHEMA_TAKEN
 * and stays as it is. Returns whether there was one.
 */
export async function makeScratchSchema(session: SqlSession, scratch: ScratchSchema): Promise<boolean> {
  const { dialect } = session;
  const name = schemaName(dialect, scratch);
  const found = await session.query(renderFindSchema(dialect, scratch));
  const there = found.some(([one]) => one?.toLowerCase() === scratch.schema.toLowerCase());
  if (there) {
    const facts = await session.query(`describe schema ${name}`);
    if (!facts.some(([, value]) => value === scratch.mark)) throw taken(scratch);
    await dropScratchSchema(session, scratch);
  }
  await session.execute(`create schema ${name} comment ${dialect.stringLiteral(scratch.mark)}`);
  return there;
}

/** Drops the schema and all that is in it, whoever made it; none there is success. */
export async function dropScratchSchema(session: SqlSession, scratch: ScratchSchema): Promise<void> {
  await session.execute(renderDropSchema(session.dialect, scratch));
}

/** The statement that a person can run in place of `dropScratchSchema`. */
export function renderDropSchema(dialect: SqlSession['dialect'], scratch: ScratchSchema): string {
  return `drop schema if exists ${schemaName(dialect, scratch)} cascade`;
}

function taken({ catalog, schema }: ScratchSchema): TerminalError {
  return new TerminalError(
    'SCHEMA_TAKEN',
    `Schema ${catalog}.${schema} is there and was made by somebody else. Name another with --schema, or drop it.`,
    { context: { catalog, schema } },
  );
}
