/**
 * Sections of docs/runbook.md that alarms name, by the anchors of their headings. A test looks for each of them there,
 * and for an alarm to each section of that part.
 */
export const RUNBOOK_SECTIONS = {
  fileWaits: 'a-file-waits-too-long',
  sourceLag: 'a-history-lags-behind-its-source',
  ingestFailed: 'a-table-cannot-be-ingested',
  filesRejected: 'files-were-rejected',
  sweepFound: 'the-sweep-found-a-broken-promise',
  sweepSilent: 'the-sweep-is-silent',
  messageWaits: 'messages-wait-too-long',
  deadLetters: 'dead-letters',
  exportLags: 'an-export-lags',
  exportFailed: 'an-export-failed',
  functionFails: 'a-function-fails',
  functionThrottled: 'a-function-is-throttled',
  functionSlow: 'a-function-comes-close-to-its-timeout',
  sourceLatency: 'dms-reads-the-source-late',
  targetLatency: 'dms-writes-late',
  replicationSilent: 'a-replication-is-silent',
  replicationStopped: 'a-replication-stopped-or-failed',
  tableSuspended: 'dms-gave-up-a-table',
  instanceDisk: 'a-replication-instance-runs-out-of-disk',
} as const;

export type RunbookSection = keyof typeof RUNBOOK_SECTIONS;

/** Where the runbook is for whoever has the repository at hand. */
export const RUNBOOK = 'docs/runbook.md';

/** A section as a person finds it. @param runbook path or URL of the document */
export function runbookLink(section: RunbookSection, runbook: string = RUNBOOK): string {
  return `${runbook}#${RUNBOOK_SECTIONS[section]}`;
}
