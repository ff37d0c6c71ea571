import { readFile, writeFile } from 'node:fs/promises';
import { bool, list, struct, type Thrift } from '../unit/changes/parquet-bytes.ts';

type Fields = Record<number, Thrift>;

const UNITS = { millis: 1, micros: 2, nanos: 3 } as const;
const CONVERTED = 6;
const LOGICAL = 10;

/** The annotation of a time of day, as a writer with logical types puts it. */
export function timeOfDay(unit: keyof typeof UNITS, adjusted = false): Thrift {
  return struct({ 7: struct({ 1: bool(adjusted), 2: struct({ [UNITS[unit]]: struct({}) }) }) });
}

/**
 * Gives columns of a written file other annotations, for what no writer at hand writes; their values stay the same
 * bytes. A legacy annotation beside it is taken away, since it would contradict.
 */
export async function annotateColumns(
  path: string,
  logical: Readonly<Record<string, Thrift>>,
): Promise<void> {
  const file = await readFile(path);
  const length = file.readUInt32LE(file.length - 8);
  const begin = file.length - 8 - length;
  const footer = fieldsOf(file, begin).fields;
  footer[2] = list(elementsOf(Buffer.from(footer[2]!.bytes)).map((element) => annotated(element, logical)));
  const metadata = Buffer.from(struct(footer).bytes);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(metadata.length);
  await writeFile(path, Buffer.concat([file.subarray(0, begin), metadata, size, Buffer.from('PAR1')]));
}

function annotated(element: Fields, logical: Readonly<Record<string, Thrift>>): Thrift {
  const name = element[4]!.bytes;
  const found = Object.entries(logical).find(([column]) => {
    const text = Buffer.from(name);
    return text.subarray(varintAt(text, 0).end).toString() === column;
  });
  if (found === undefined) return struct(element);
  const { [CONVERTED]: _legacy, ...rest } = element;
  return struct({ ...rest, [LOGICAL]: found[1] });
}

/** The structs of a list. */
function elementsOf(bytes: Buffer): Fields[] {
  const short = bytes[0]! >> 4;
  const { value: count, end } = short === 15 ? varintAt(bytes, 1) : { value: short, end: 1 };
  const elements: Fields[] = [];
  for (let at = end; elements.length < count; ) {
    const element = fieldsOf(bytes, at);
    elements.push(element.fields);
    at = element.end;
  }
  return elements;
}

function fieldsOf(bytes: Buffer, start: number): { fields: Fields; end: number } {
  const fields: Fields = {};
  let at = start;
  for (let id = 0; bytes[at] !== 0; ) {
    const header = bytes[at]!;
    const type = header & 15;
    const far = header >> 4 === 0 ? varintAt(bytes, at + 1) : null;
    id = far === null ? id + (header >> 4) : far.value / 2;
    const from = far?.end ?? at + 1;
    at = type <= 2 ? from : endOf(bytes, type, from);
    fields[id] = { type, bytes: [...bytes.subarray(from, at)] };
  }
  return { fields, end: at + 1 };
}

/** Where a value of the thrift compact protocol ends. */
function endOf(bytes: Buffer, type: number, at: number): number {
  if (type <= 3) return at + 1;
  if (type <= 6) return varintAt(bytes, at).end;
  if (type === 7) return at + 8;
  if (type === 12) return fieldsOf(bytes, at).end;
  const { value, end } = varintAt(bytes, at);
  if (type === 8) return end + value;
  const short = bytes[at]! >> 4;
  const size = short === 15 ? varintAt(bytes, at + 1) : { value: short, end: at + 1 };
  let next = size.end;
  for (let n = 0; n < size.value; n += 1) next = endOf(bytes, bytes[at]! & 15, next);
  return next;
}

function varintAt(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  let at = start;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++]!;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at };
  }
}
