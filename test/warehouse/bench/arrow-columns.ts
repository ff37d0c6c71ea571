import { type ArrowType, arrow, type Int64 } from './driver-parts.ts';

/** Buffers of one Arrow column beside its validity. */
export interface ColumnBuffers {
  readonly data: ArrayBufferView;
  readonly valueOffsets?: Int32Array;
}

/**
 * The values of one column as Spark sends them, in Arrow's layout: numbers as they are, 64-bit integers as bytes,
 * decimals, dates and timestamps as text. What stands at a null does not matter.
 */
export function columnBuffers(type: ArrowType, values: readonly unknown[], nulls: Buffer): ColumnBuffers {
  const isNull = (row: number) => ((nulls[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
  const length = values.length;
  const fill = <A extends { [row: number]: unknown } & ArrayBufferView>(
    array: A,
    encode: (value: never) => unknown,
  ) => {
    for (let row = 0; row < length; row++) if (!isNull(row)) array[row] = encode(values[row] as never);
    return { data: array };
  };
  const { Type } = arrow;
  switch (type.typeId) {
    case Type.Bool:
      return { data: bits(values) };
    case Type.Int:
      return fill(
        integers(type, length),
        (type as { bitWidth?: number }).bitWidth === 64 ? bigintOf : Number,
      );
    case Type.Float:
      return fill(
        (type as { precision?: number }).precision === 1
          ? new Float32Array(length)
          : new Float64Array(length),
        Number,
      );
    case Type.Date:
      return fill(new Int32Array(length), dayOf);
    case Type.Timestamp:
      return fill(new BigInt64Array(length), microsecondOf);
    case Type.Decimal:
      return { data: decimals(values as string[], (type as { scale?: number }).scale ?? 0, isNull) };
    case Type.Binary:
      return bytes(values.map((value) => value as Buffer));
    default:
      return bytes(values.map((value) => Buffer.from(value as string)));
  }
}

function integers(type: ArrowType, length: number) {
  switch ((type as { bitWidth?: number }).bitWidth) {
    case 8:
      return new Int8Array(length);
    case 16:
      return new Int16Array(length);
    case 32:
      return new Int32Array(length);
    default:
      return new BigInt64Array(length);
  }
}

function bigintOf(value: Int64): bigint {
  return value.buffer.readBigInt64BE(value.offset);
}

function bits(values: readonly unknown[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, row) => {
    if (value) packed[row >> 3]! |= 1 << (row & 7);
  });
  return packed;
}

function bytes(values: readonly Buffer[]): ColumnBuffers {
  const valueOffsets = new Int32Array(values.length + 1);
  values.forEach((value, row) => {
    valueOffsets[row + 1] = valueOffsets[row]! + value.length;
  });
  return { data: Buffer.concat(values), valueOffsets };
}

const DAY_MS = 86_400_000;

/** Days since 1970 of `[-+]YYYY-MM-DD`. */
function dayOf(text: string): number {
  const [, year, month, day] = /^([-+]?\d+)-(\d\d)-(\d\d)/.exec(text) ?? [];
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getTime() / DAY_MS;
}

/** Microseconds since 1970 of `[-+]YYYY-MM-DD hh:mm:ss[.ffffff]`. */
function microsecondOf(text: string): bigint {
  const [, hours, minutes, seconds, fraction = ''] = / (\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
  const ofDay = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return (BigInt(dayOf(text)) * 86_400n + BigInt(ofDay)) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** Unscaled values, 128 bits each, lowest word first. */
function decimals(values: readonly string[], scale: number, isNull: (row: number) => boolean): Uint32Array {
  const words = new Uint32Array(values.length * 4);
  values.forEach((text, row) => {
    if (isNull(row)) return;
    const [whole = '', fraction = ''] = text.split('.');
    const unscaled = BigInt.asUintN(128, BigInt(whole + fraction.padEnd(scale, '0')));
    for (let word = 0; word < 4; word++)
      words[row * 4 + word] = Number((unscaled >> BigInt(word * 32)) & 0xffffffffn);
  });
  return words;
}
