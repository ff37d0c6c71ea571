import {
  type ArrowField,
  type ArrowType,
  arrow,
  type TColumn,
  type TColumnDesc,
  type TTableSchema,
  thriftTypes,
} from './driver-parts.ts';
import { type ColumnBuffers, columnBuffers } from './arrow-columns.ts';

/** The schema message that opens an Arrow stream of these columns. */
export function arrowSchemaBytes(schema: TTableSchema): Buffer {
  return splitStream(schema, []).schema;
}

/** One record batch message holding these columns. `columns` are as Spark sent them, in the order of the schema. */
export function arrowBatchBytes(schema: TTableSchema, columns: readonly TColumn[]): Buffer {
  return splitStream(schema, columns).batch;
}

/** Rows in a block of columns. */
export function rowCount(columns: readonly TColumn[]): number {
  const [first] = columns;
  return first === undefined ? 0 : columnValues(first).values.length;
}

/** Writes a whole stream, then cuts it where the schema message ends, because the protocol sends them apart. */
function splitStream(schema: TTableSchema, columns: readonly TColumn[]): { schema: Buffer; batch: Buffer } {
  const fields = schema.columns.map((column) => new arrow.Field(column.columnName, arrowType(column), true));
  const length = rowCount(columns);
  const children = fields.map((field, index) => columnData(field, columns[index], length));
  const arrowSchema = new arrow.Schema(fields);
  const data = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children });
  const writer = new arrow.RecordBatchStreamWriter();
  writer.reset(undefined, arrowSchema);
  if (columns.length > 0) writer.write(new arrow.RecordBatch(arrowSchema, data));
  writer.finish();
  const bytes = Buffer.from(writer.toUint8Array(true));
  const schemaEnd = MESSAGE_PREFIX_BYTES + bytes.readInt32LE(4);
  return { schema: bytes.subarray(0, schemaEnd), batch: bytes.subarray(schemaEnd, bytes.length - END_BYTES) };
}

/** A message starts with a continuation mark and the length of its metadata; a stream ends with an empty message. */
const MESSAGE_PREFIX_BYTES = 8;
const END_BYTES = 8;

function columnData(field: ArrowField, column: TColumn | undefined, length: number) {
  const { values, nulls } =
    column === undefined ? { values: [], nulls: Buffer.alloc(0) } : columnValues(column);
  const { nullCount, nullBitmap } = validity(nulls, length);
  const buffers: ColumnBuffers = columnBuffers(field.type, values, nulls);
  return arrow.makeData({ type: field.type, length, nullCount, nullBitmap, ...buffers } as never);
}

interface ColumnValues {
  readonly values: readonly unknown[];
  /** Bit i, lowest first, is set where value i is null; trailing zero bytes may be missing. */
  readonly nulls: Buffer;
}

function columnValues(column: TColumn): ColumnValues {
  const found = Object.values(column).find((value) => value !== null && value !== undefined);
  if (found === undefined) throw new Error('Spark sent a column of a kind the bench does not know.');
  return found as ColumnValues;
}

function validity(nulls: Buffer, length: number): { nullCount: number; nullBitmap: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(length / 8));
  let nullCount = 0;
  for (let row = 0; row < length; row++) {
    if (isNull(nulls, row)) nullCount += 1;
    else nullBitmap[row >> 3]! |= 1 << (row & 7);
  }
  return { nullCount, nullBitmap };
}

function isNull(nulls: Buffer, row: number): boolean {
  return ((nulls[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}

function arrowType(column: TColumnDesc): ArrowType {
  const { TTypeId } = thriftTypes;
  const entry = column.typeDesc.types[0]?.primitiveEntry;
  const qualifier = (name: string) => entry?.typeQualifiers?.qualifiers[name]?.i32Value;
  switch (entry?.type) {
    case TTypeId.BOOLEAN_TYPE:
      return new arrow.Bool();
    case TTypeId.TINYINT_TYPE:
      return new arrow.Int8();
    case TTypeId.SMALLINT_TYPE:
      return new arrow.Int16();
    case TTypeId.INT_TYPE:
      return new arrow.Int32();
    case TTypeId.BIGINT_TYPE:
      return new arrow.Int64();
    case TTypeId.FLOAT_TYPE:
      return new arrow.Float32();
    case TTypeId.DOUBLE_TYPE:
      return new arrow.Float64();
    case TTypeId.BINARY_TYPE:
      return new arrow.Binary();
    case TTypeId.DATE_TYPE:
      return new arrow.DateDay();
    case TTypeId.TIMESTAMP_TYPE:
      return new arrow.TimestampMicrosecond('UTC');
    case TTypeId.DECIMAL_TYPE:
      return new arrow.Decimal(qualifier('scale') ?? 0, qualifier('precision') ?? 38, 128);
    // Everything else (text, and nested values and intervals as text) Spark sends as text.
    default:
      return new arrow.Utf8();
  }
}
