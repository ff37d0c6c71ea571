/**
 * Thrift compact types, as parquet metadata uses them.
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** Parquet metadata nests eight deep; anything like this is damage. */
const MAX_DEPTH = 32;
const MAX_VARINT_BYTES = 10;
/** A column chunk has about 45 values, so this is some 350,000 chunks. */
const MAX_VALUES = 16_000_000;

/** Walks thrift compact bytes without building anything. */
class Walker {
  private readonly bytes: Uint8Array;
  private offset = 0;
  private values = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  struct(depth: number): void {
    if (depth > MAX_DEPTH) throw new RangeError(`thrift structs nest deeper than ${MAX_DEPTH}`);
    for (;;) {
      const header = this.byte();
      const type = header & 0x0f;
      if (type === STOP) return;
      if (header >> 4 === 0) this.varint();
      if (type !== TRUE && type !== FALSE) this.value(type, depth);
    }
  }

  private value(type: number, depth: number): void {
    this.values += 1;
    if (this.values > MAX_VALUES) throw new RangeError(`thrift metadata has more than ${MAX_VALUES} values`);
    if (type === BYTE) this.skip(1);
    else if (type === I16 || type === I32 || type === I64) this.varint();
    else if (type === DOUBLE) this.skip(8);
    else if (type === BINARY) this.skip(this.varint());
    else if (type === LIST) this.list(depth + 1);
    else if (type === STRUCT) this.struct(depth + 1);
    else throw new RangeError(`thrift type ${type} is not used by parquet`);
  }

  private list(depth: number): void {
    if (depth > MAX_DEPTH) throw new RangeError(`thrift lists nest deeper than ${MAX_DEPTH}`);
    const header = this.byte();
    const type = header & 0x0f;
    const size = header >> 4 === 15 ? this.varint() : header >> 4;
    if (size > this.bytes.length - this.offset)
      throw new RangeError(`thrift list of ${size} elements does not fit`);
    for (let i = 0; i < size; i++) this.value(type === TRUE || type === FALSE ? BYTE : type, depth);
  }

  private byte(): number {
    const byte = this.bytes[this.offset];
    if (byte === undefined) throw new RangeError('thrift metadata ends in the middle of a value');
    this.offset += 1;
    return byte;
  }

  private skip(length: number): void {
    if (length > this.bytes.length - this.offset)
      throw new RangeError(`thrift value of ${length} bytes does not fit`);
    this.offset += length;
  }

  private varint(): number {
    let result = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return result;
    }
    throw new RangeError(`thrift integer longer than ${MAX_VARINT_BYTES} bytes`);
  }
}

/**
 * Throws a `RangeError` unless the bytes begin with a complete thrift struct of sane proportions. A general decoder
 * trusts the sizes it reads: a few damaged bytes can make it allocate gigabytes for a list, or spend minutes on one
 * endless integer. After this check its time and memory are bounded by the length of the bytes.
 */
export function assertThriftStruct(bytes: Uint8Array): void {
  new Walker(bytes).struct(0);
}
