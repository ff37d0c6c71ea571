import { z } from 'zod';
import { BYTE_UNITS, parseByteSize } from './byte-size.ts';
import { COLUMN_TYPE_NAMES } from './column-type.ts';
import { readContract } from './contract.ts';
import {
  BATCH_DEFAULTS,
  CHANGE_COLUMN_DEFAULTS,
  HISTORY_COLUMN_DEFAULTS,
  TABLE_DEFAULTS,
} from './defaults.ts';
import { complain, plainText, required, setting, tableName } from './schema-field.ts';

const byteSize = z.union(
  [
    z.int().min(1),
    z.string().superRefine((text, ctx) => {
      if (parseByteSize(text) !== null) return;
      complain(ctx, 'is not a size', `Write a number and a unit, for instance 256MB. Units: ${BYTE_UNITS}.`);
    }),
  ],
  { error: 'must be a whole number of bytes, or a size such as 256MB' },
);

/** Bounds of one batch. */
export const batchSchema = z.strictObject({
  maxFiles: setting(z.int().min(1), 'Most files taken into one batch.', BATCH_DEFAULTS.maxFiles),
  maxBytes: setting(
    byteSize,
    'Most bytes of files taken into one batch, as a number or as text such as 256MB or 1GiB. A larger file is a batch of its own.',
    BATCH_DEFAULTS.maxBytes,
  ),
});

const historyColumnsSchema = z.strictObject({
  current: setting(
    plainText(),
    'Boolean: the row is the valid one of its key.',
    HISTORY_COLUMN_DEFAULTS.current,
  ),
  effectiveDate: setting(
    plainText(),
    'Instant from which the row is valid, included.',
    HISTORY_COLUMN_DEFAULTS.effectiveDate,
  ),
  endDate: setting(
    plainText(),
    'Instant until which the row is valid, excluded; null while it is current.',
    HISTORY_COLUMN_DEFAULTS.endDate,
  ),
  effectiveSeq: setting(
    plainText(),
    'Change sequence of the change that opened the row.',
    HISTORY_COLUMN_DEFAULTS.effectiveSeq,
  ),
  endSeq: setting(
    plainText(),
    'Change sequence of the change that closed the row.',
    HISTORY_COLUMN_DEFAULTS.endSeq,
  ),
  seenDate: setting(
    plainText(),
    'Commit time of the newest change seen for the key.',
    HISTORY_COLUMN_DEFAULTS.seenDate,
  ),
  seenSeq: setting(
    plainText(),
    'Change sequence of the newest change seen for the key.',
    HISTORY_COLUMN_DEFAULTS.seenSeq,
  ),
  batchId: setting(
    plainText(),
    'Last batch that changed what an export can see of the row.',
    HISTORY_COLUMN_DEFAULTS.batchId,
  ),
});

const trackSchema = z.union(
  [
    z.array(plainText()),
    z.strictObject({ except: required(z.array(plainText()), 'Columns that do not open a version.') }),
  ],
  { error: 'must be a list of columns, or {except: [...]}' },
);

const tableSettings = {
  history: setting(
    z.enum(['last-change', 'every-change']),
    'What is kept. `last-change`: the last change of each key in a batch. `every-change`: every change, late ones woven in where they belong.',
    TABLE_DEFAULTS.history,
  ),
  track: setting(
    trackSchema,
    'Columns whose change opens a new version: a list, or {except: [...]}. The others are updated in place. Default: all but the keys.',
  ),
  sequence: setting(
    z.enum(['change-seq', 'commit-time']),
    'What orders the changes of a key. `commit-time`, for a feed without a change sequence, cannot tell apart the changes of one commit and goes with `history: last-change` only.',
    TABLE_DEFAULTS.sequence,
  ),
  schemaEvolution: setting(
    z.enum(['evolve', 'frozen']),
    'What a change of columns in the files does. `evolve`: new columns are added and types widened. `frozen`: the file is rejected.',
    TABLE_DEFAULTS.schemaEvolution,
  ),
  reload: setting(
    z.enum(['snapshot', 'changes']),
    'What a reload means. `snapshot`: rows it did not bring are closed when it is complete. `changes`: it closes nothing.',
    TABLE_DEFAULTS.reload,
  ),
  op: setting(
    plainText(),
    'Column of the change files with the operation: I, U or D.',
    CHANGE_COLUMN_DEFAULTS.op,
  ),
  commitTime: setting(
    plainText(),
    'Column of the change files with the commit time, UTC.',
    CHANGE_COLUMN_DEFAULTS.commitTime,
  ),
  changeSeq: setting(
    plainText(),
    'Column of the change files with the order of changes inside one commit.',
    CHANGE_COLUMN_DEFAULTS.changeSeq,
  ),
  beforeImagePrefix: setting(
    plainText(),
    'Prefix of the columns of the change files with the key as it was before an update.',
    CHANGE_COLUMN_DEFAULTS.beforeImagePrefix,
  ),
  historyColumns: setting(
    historyColumnsSchema,
    "Names of the columns that the history adds to the source's own.",
  ),
  batch: setting(batchSchema, 'Bounds of one batch.'),
  replication: setting(
    plainText(),
    'Name of the replication that copies the table, or none where its files come from elsewhere. Default: the only replication, if there is one',
  ),
  columnNames: setting(
    z.enum(['keep', 'lower']),
    "What the names of the source's columns become in the files that DMS writes.",
    TABLE_DEFAULTS.columnNames,
  ),
  paused: setting(
    z.boolean(),
    'In the cloud: its files keep arriving and wait; they are ingested by hand only.',
    TABLE_DEFAULTS.paused,
  ),
};

const columnsSchema = z.unknown().superRefine((columns, ctx) => {
  if (columns === undefined) return;
  for (const finding of readContract(columns).findings) {
    complain(ctx, finding.message, finding.hint, [...finding.path]);
  }
});

/** Settings that `defaults:` may give for every table at once. */
export const defaultsSchema = z.strictObject(tableSettings);

/** One table as a person writes it. */
export const tableSchema = z.strictObject({
  name: required(
    tableName(),
    'Name of the history table, and stem of the folders <name>_incoming, <name>_processed and <name>_rejected.',
  ),
  source: setting(plainText(), 'Schema-qualified name at the source. Default: dbo.<name>'),
  keys: required(
    z.union([plainText(), z.array(plainText()).min(1)], {
      error: 'must be a column name, or a list of them',
    }),
    'Column or columns that identify a row, spelled as in the change files.',
  ),
  ...tableSettings,
  excludeColumns: setting(
    z.array(plainText()),
    'Columns that DMS does not copy, spelled as at the source.',
    [],
  ),
  columns: columnsSchema.optional().meta({
    description:
      'Contract, optional: these columns exist with these types, whatever the files say, for instance `id: bigint`. Keys included.',
    type: 'object',
    additionalProperties: {
      type: 'string',
      description: `Type of the column: ${COLUMN_TYPE_NAMES.join(', ')}.`,
    },
  }),
});

/** A table as written, of the right shape. */
export type TableYaml = z.infer<typeof tableSchema>;

/** The `defaults:` as written, of the right shape. */
export type DefaultsYaml = z.infer<typeof defaultsSchema>;
