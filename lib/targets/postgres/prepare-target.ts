import { TerminalError } from '../../errors.ts';
import type { SnapshotSpec } from '../../ports.ts';
import { planTable, type TablePlan } from './plan-table.ts';
import { quoteIdentifier } from './quote.ts';
import type { Session } from './session.ts';
import { readTableShape, schemaExists } from './table-shape.ts';
import { ownsTable, readWatermark } from './watermark.ts';

/** What has to happen to the target's table, as it is now. Throws `TerminalError` when it cannot take the snapshot. */
export async function planTarget(session: Session, spec: SnapshotSpec): Promise<TablePlan> {
  const { targetSchema: schema, targetTable: table } = spec;
  const existing = await readTableShape(session, schema, table);
  const stored = await readWatermark(session, schema, table);
  const plan = planTable(spec, existing, ownsTable(stored, existing?.oid));
  if (!plan.create || spec.mode === 'full') return plan;
  throw new TerminalError(
    'TARGET_TABLE_MISSING',
    `Target table ${schema}.${table} is gone, so changes alone cannot make it complete. Run a full export.`,
  );
}

/** Makes a schema where there is none, since staging has to live somewhere before the publish. True when it did. */
export async function ensureSchema(session: Session, schema: string): Promise<boolean> {
  if (await schemaExists(session, schema)) return false;
  await session.query(`creating schema ${schema}`, `create schema if not exists ${quoteIdentifier(schema)}`);
  return true;
}

/** Takes away a schema that an export made. Stays, rightly, when somebody has put something into it meanwhile. */
export async function dropSchema(session: Session, schema: string): Promise<void> {
  await session
    .query(`dropping schema ${schema}`, `drop schema ${quoteIdentifier(schema)}`)
    .catch(() => undefined);
}
