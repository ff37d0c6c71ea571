/** Writes parquet footers by hand, right and wrong ones, since no writer makes all that we must read or refuse. */

/** A thrift compact value: its type and its bytes. */
export interface Thrift {
  readonly type: number;
  readonly bytes: readonly number[];
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

const zigzag = (value: bigint): number[] => varint(value >= 0n ? value * 2n : -value * 2n - 1n);

export const i8 = (value: number): Thrift => ({ type: 3, bytes: [value & 0xff] });
export const i32 = (value: number): Thrift => ({ type: 5, bytes: zigzag(BigInt(value)) });
export const i64 = (value: bigint): Thrift => ({ type: 6, bytes: zigzag(value) });
export const bool = (value: boolean): Thrift => ({ type: value ? 1 : 2, bytes: [] });
export const text = (value: string): Thrift => {
  const bytes = [...Buffer.from(value)];
  return { type: 8, bytes: [...varint(BigInt(bytes.length)), ...bytes] };
};
export const list = (items: readonly Thrift[]): Thrift => {
  const type = items[0]?.type ?? 12;
  return {
    type: 9,
    bytes: [0xf0 | type, ...varint(BigInt(items.length)), ...items.flatMap((item) => item.bytes)],
  };
};
/** By field id; fields that are undefined are left out. */
export const struct = (fields: Readonly<Record<number, Thrift | undefined>>): Thrift => {
  const present = Object.entries(fields).flatMap(([id, field]) =>
    field ? [[field.type], zigzag(BigInt(id)), field.bytes] : [],
  );
  return { type: 12, bytes: [...present.flat(), 0] };
};

export const PHYSICAL = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
} as const;

/** One node of a schema, with fields as the parquet specification numbers them. */
export interface Node {
  readonly name: string;
  readonly physical?: keyof typeof PHYSICAL;
  readonly length?: number;
  readonly repeated?: boolean;
  readonly converted?: number;
  readonly scale?: number;
  readonly precision?: number;
  readonly logical?: Thrift;
  readonly children?: readonly Node[];
}

function elements(node: Node): Thrift[] {
  const element = struct({
    1: node.physical && i32(PHYSICAL[node.physical]),
    2: node.length === undefined ? undefined : i32(node.length),
    3: i32(node.repeated ? 2 : 1),
    4: text(node.name),
    5: node.children && i32(node.children.length),
    6: node.converted === undefined ? undefined : i32(node.converted),
    7: node.scale === undefined ? undefined : i32(node.scale),
    8: node.precision === undefined ? undefined : i32(node.precision),
    10: node.logical,
  });
  return [element, ...(node.children ?? []).flatMap(elements)];
}

export interface Metadata {
  readonly columns: readonly Node[];
  readonly rows?: bigint;
  readonly rowGroups?: readonly Thrift[];
}

/** The bytes of a file that has this footer and, before it, `padding` bytes where rows would be. */
export function parquetBytes({ columns, rows = 0n, rowGroups = [] }: Metadata, padding = 0): Uint8Array {
  const metadata = struct({
    1: i32(2),
    2: list(elements({ name: 'schema', children: columns })),
    3: i64(rows),
    4: list(rowGroups),
  });
  return wrap(metadata.bytes, padding);
}

/** Any metadata bytes between the magics. */
export function wrap(metadata: readonly number[], padding = 0): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.concat([
    Buffer.from('PAR1'),
    Buffer.alloc(padding),
    Buffer.from(metadata),
    length,
    Buffer.from('PAR1'),
  ]);
}

export interface Chunk {
  readonly values?: bigint;
  readonly dataOffset?: bigint;
  readonly dictionaryOffset?: bigint;
  readonly compressedBytes?: bigint;
  readonly filePath?: string;
  readonly encrypted?: boolean;
}

/** A row group with chunks for columns of type INT32. */
export function rowGroup(rows: bigint, chunks: readonly Chunk[]): Thrift {
  return struct({ 1: list(chunks.map(columnChunk)), 2: i64(0n), 3: i64(rows) });
}

function columnChunk({
  values = 1n,
  dataOffset = 4n,
  dictionaryOffset,
  compressedBytes = 1n,
  ...rest
}: Chunk): Thrift {
  const metadata = struct({
    1: i32(1),
    2: list([i32(0)]),
    3: list([text('a')]),
    4: i32(0),
    5: i64(values),
    6: i64(compressedBytes),
    7: i64(compressedBytes),
    9: i64(dataOffset),
    11: dictionaryOffset === undefined ? undefined : i64(dictionaryOffset),
  });
  return struct({
    1: rest.filePath === undefined ? undefined : text(rest.filePath),
    2: i64(0n),
    3: metadata,
    8: rest.encrypted ? struct({ 1: struct({}) }) : undefined,
  });
}
