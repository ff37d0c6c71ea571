import type { Pgoutput } from 'pg-logical-replication';
import type { TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import type { CaptureContext } from './capture-context.ts';
import { assertTable } from './check-source.ts';
import { readPublished } from './publication.ts';
import { readDomains, readTables } from './read-source.ts';
import { relationId, relationOf } from './relation.ts';
import type { SourceSession } from './source-session.ts';
import type { Domains } from './source-type.ts';

/** How often the publication is looked at, at most. */
const LOOK_MS = 5_000;

/** What capture asks the source while it reads its log. */
export interface SourceWatch {
  /** As of the last description of a table in the log. */
  readonly domains: Domains;
  /** Configured tables by the identity that they keep while they are renamed. */
  readonly oids: ReadonlyMap<number, TableConfig>;
  /** As of the last description of the table in the log. */
  isGenerated(oid: number, column: string): boolean;
  /**
   * To be called with each description of a table in the log. Throws `TerminalError` CAPTURE_REFUSED when the table, as
   * it is by now, would be refused at a start, for instance for a column whose large values the log leaves out.
   */
  described(relation: Pgoutput.MessageRelation): Promise<void>;
  /**
   * To be called often; looks now and then. Throws `TerminalError` CAPTURE_PUBLICATION when the publication lost a table,
   * whose changes would be missing without a word.
   */
  look(): Promise<void>;
}

/** Begins to watch the tables as they are now. */
export async function watchSource(context: CaptureContext, session: SourceSession): Promise<SourceWatch> {
  const relations = context.tables.map(relationOf);
  const byId = new Map(context.tables.map((table) => [relationId(relationOf(table)), table]));
  const oids = new Map<number, TableConfig>();
  const generated = new Map<number, readonly string[]>();
  for (const found of await readTables(session, relations)) {
    const table = byId.get(relationId(found));
    if (table) oids.set(found.oid, table);
    generated.set(found.oid, found.generated);
  }
  const lookMs = Math.min(LOOK_MS, context.intervalMs);
  let domains = await readDomains(session);
  let lookedAt = performance.now();
  return {
    oids,
    get domains() {
      return domains;
    },
    isGenerated: (oid, column) => generated.get(oid)?.includes(column) ?? false,
    async described({ relationOid, replicaIdentity, schema, name }) {
      domains = await readDomains(session);
      const table = oids.get(relationOid >>> 0) ?? byId.get(relationId({ schema, name }));
      if (!table) return;
      const [found] = await readTables(session, [{ schema, name }]);
      if (!found) return;
      generated.set(found.oid, found.generated);
      if (replicaIdentity !== 'full') assertTable(table, found);
    },
    async look() {
      if (performance.now() - lookedAt < lookMs) return;
      lookedAt = performance.now();
      const whole = (await readPublished(session, context.publication)).filter((one) => !one.isFiltered);
      const lost = [...oids].filter(([oid]) => !whole.some((one) => one.oid === oid));
      if (lost.length > 0)
        publicationLost(
          context,
          lost.map(([, table]) => table),
        );
    },
  };
}

function publicationLost({ publication }: CaptureContext, tables: readonly TableConfig[]): never {
  const names = tables.map(({ source }) => source).join(', ');
  throw new TerminalError(
    'CAPTURE_PUBLICATION',
    `Publication ${publication} has not all changes of ${names} any more: a table was dropped or taken out, or given a filter. What was changed since is not in the log. Put it back, then start over with a full load: "tidemark dev capture --drop".`,
  );
}
