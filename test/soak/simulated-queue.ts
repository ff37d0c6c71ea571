import { randomUUID } from 'node:crypto';
import type { QueueMessage } from '../../lib/bell/queue-sender.ts';
import type { QueueRecord } from '../../lib/functions/queue-batch.ts';

/** How a queue was made. Milliseconds. */
export interface QueueOptions {
  readonly fifo: boolean;
  /** How long each message is held back at first. */
  readonly delayMs: number;
  /** How long a message that was handed out is hidden from others. */
  readonly visibilityMs: number;
  /** So often a message is handed out before it is a dead letter. */
  readonly maxReceives: number;
}

interface Held {
  readonly id: string;
  readonly message: QueueMessage;
  readonly sentMs: number;
  visibleMs: number;
  receives: number;
}

/** How long SQS remembers the id of a message that it took. */
const MEMORY_MS = 300_000;

/** A queue as SQS has them, in memory and on a clock of the caller's. */
export class SimulatedQueue {
  /** Bodies that were handed out too often. */
  readonly deadLetters: string[] = [];
  private readonly options: QueueOptions;
  private readonly held = new Map<string, Held>();
  private readonly takenAt = new Map<string, number>();

  constructor(options: QueueOptions) {
    this.options = options;
  }

  /** Messages that are not done, handed out or not. */
  get size(): number {
    return this.held.size;
  }

  /** To a FIFO queue that took a message of the same id within five minutes it says yes and takes nothing. */
  send(message: QueueMessage, nowMs: number): void {
    if (this.options.fifo && !this.isNew(message, nowMs)) return;
    const delayMs = this.options.fifo ? this.options.delayMs : (message.delaySeconds ?? 0) * 1000;
    const id = randomUUID();
    this.held.set(id, { id, message, sentMs: nowMs, visibleMs: nowMs + delayMs, receives: 0 });
  }

  /** Hands out messages, in FIFO queues the first of each group that has none handed out. */
  receive(nowMs: number, most: number): QueueRecord[] {
    const records: QueueRecord[] = [];
    const blocked = new Set<string>();
    for (const one of this.held.values()) {
      if (records.length === most) break;
      const group = this.options.fifo ? one.message.groupId : undefined;
      if (group !== undefined && blocked.has(group)) continue;
      if (group !== undefined) blocked.add(group);
      if (one.visibleMs > nowMs) continue;
      if (one.receives === this.options.maxReceives) this.bury(one);
      else records.push(this.handOut(one, nowMs));
    }
    return records;
  }

  /** Forgets messages that are done. */
  remove(ids: Iterable<string>): void {
    for (const id of ids) this.held.delete(id);
  }

  private isNew({ deduplicationId = '' }: QueueMessage, nowMs: number): boolean {
    for (const [id, at] of this.takenAt) if (nowMs - at > 2 * MEMORY_MS) this.takenAt.delete(id);
    const before = this.takenAt.get(deduplicationId);
    if (before !== undefined && nowMs - before < MEMORY_MS) return false;
    this.takenAt.set(deduplicationId, nowMs);
    return true;
  }

  private bury(one: Held): void {
    this.held.delete(one.id);
    this.deadLetters.push(one.message.body);
  }

  private handOut(one: Held, nowMs: number): QueueRecord {
    one.visibleMs = nowMs + this.options.visibilityMs;
    one.receives += 1;
    const { body, groupId } = one.message;
    return {
      messageId: one.id,
      body,
      attributes: {
        ApproximateReceiveCount: String(one.receives),
        SentTimestamp: String(one.sentMs),
        ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
      },
    };
  }
}
