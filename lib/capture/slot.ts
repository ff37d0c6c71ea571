import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../errors.ts';
import { pgsql } from '../sources/quote.ts';
import { parseLsn } from './lsn.ts';
import type { SourceSession } from './source-session.ts';

/** A fresh slot, and the state of the database right where its changes begin. */
export interface FreshSlot {
  readonly lsn: bigint;
  /** Other sessions can read the database as it was there, until the session that made the slot does anything else. */
  readonly snapshot: string;
}

/** A slot that is there. */
export interface FoundSlot {
  /** Everything committed before is not given again. Zero while it is not known. */
  readonly confirmed: bigint;
}

/** The slot of this name, or null. */
export async function readSlot(session: SourceSession, slot: string): Promise<FoundSlot | null> {
  const [row] = await session.query(
    'reading the slot',
    'select confirmed_flush_lsn::text as confirmed from pg_catalog.pg_replication_slots where slot_name = $1',
    [slot],
  );
  return row ? { confirmed: row.confirmed ? parseLsn(row.confirmed) : 0n } : null;
}

/** Makes a slot. It waits until every transaction has ended that is writing now. */
export async function createSlot(replication: SourceSession, slot: string): Promise<FreshSlot> {
  const [row] = await replication.query(
    `making the slot ${slot}`,
    `CREATE_REPLICATION_SLOT ${pgsql.name(slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
  );
  return { lsn: parseLsn(row?.consistent_point ?? ''), snapshot: row?.snapshot_name ?? '' };
}

/** A capture that was killed has its place for a moment longer. */
const TRIES = 25;
const PAUSE_MS = 200;

/**
 * Drops the slot; none there is success. True if there was one. A reader that was killed may have it for a moment
 * longer; throws `TransientError` when another one really reads it.
 */
export async function dropSlot(session: SourceSession, slot: string): Promise<boolean> {
  if (!(await readSlot(session, slot))) return false;
  for (let left = TRIES; ; left -= 1) {
    try {
      await session.query('dropping the slot', 'select pg_catalog.pg_drop_replication_slot($1)', [slot]);
      return true;
    } catch (error) {
      if (left === 0 || !(error instanceof TransientError)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/**
 * Makes the session the only capture of the slot, for as long as it lasts: a load has a slot that the server does not
 * know to be in use. Throws `TransientError` CAPTURE_BUSY while another one has it.
 */
export async function claimSlot(session: SourceSession, slot: string): Promise<void> {
  for (let left = TRIES; left >= 0; left -= 1) {
    const [row] = await session.query(
      'claiming the slot',
      `select pg_catalog.pg_try_advisory_lock(
  pg_catalog.hashtext('tidemark capture'), pg_catalog.hashtext($1))::text as mine`,
      [slot],
    );
    if (row?.mine === 'true') return;
    await sleep(PAUSE_MS);
  }
  throw new TransientError(
    'CAPTURE_BUSY',
    `Another capture of slot ${slot} is running. Stop it, or name another --slot.`,
  );
}
