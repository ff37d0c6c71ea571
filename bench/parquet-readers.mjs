#!/usr/bin/env node
/**
 * Reads every good file of test/samples with each parquet reader for Node and compares every value with
 * rows.ndjson; then times each on one larger file. Prints the table of docs/decisions/0002-parquet-reader.md.
 *
 *   node bench/parquet-readers.mjs            after npm ci; fetches parquetjs-lite into a temporary folder
 *   node bench/parquet-readers.mjs --offline  without parquetjs-lite
 *
 * Nothing is installed into the project or globally.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const PEER = 'parquetjs-lite@0.8.7';
const SAMPLES = fileURLToPath(new URL('../test/samples/', import.meta.url));
const TIMED_COPIES = 250;

/** Samples that hold exactly the rows of rows.ndjson, whatever their encoding; `empty` holds none of them. */
const GOOD = readdirSync(SAMPLES)
  .filter((name) => name.endsWith('.parquet') && !/^(bad|wrong|evolve)-/.test(name))
  .map((name) => name.slice(0, -'.parquet'.length));
const ROWS = readFileSync(join(SAMPLES, 'rows.ndjson'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
const TIMESTAMPS = ['created_at', 'tx_commit_time'];

// ------------------------------------------------------------------------------------------ exact text of values

/** `2026-01-01 12:00:00.000123` */
function timestampText(micros) {
  const ofSecond = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = new Date(Number((micros - ofSecond) / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  return `${second}.${String(ofSecond).padStart(6, '0')}`;
}

/** The digits of an unscaled integer with the point put in. */
function decimalText(unscaled, scale) {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale ? `.${digits.slice(point)}` : ''}`;
}

/** What a value says, as rows.ndjson writes it, when the reader leaves it as a JS value. */
function plainText(value, column) {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) {
    const micros = BigInt(value.getTime()) * 1000n;
    return column === 'birth' ? value.toISOString().slice(0, 10) : timestampText(micros);
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString(column === 'uid' ? 'hex' : 'utf8');
  if (typeof value === 'boolean') return value;
  return String(value);
}

/** Numbers are compared as numbers where only the spelling of a double differs. */
function sameValue(expected, actual, column) {
  if (column === 'score' && expected !== null && actual !== null)
    return Object.is(Number(expected), Number(actual));
  return expected === actual;
}

/** Null when the rows are right, else the first thing that is not. */
function findDifference(expected, actual) {
  if (actual.length !== expected.length) return `${actual.length} rows of ${expected.length}`;
  const wrong = new Set();
  for (const [index, row] of expected.entries()) {
    for (const column of Object.keys(row)) {
      if (!sameValue(row[column], actual[index][column] ?? null, column)) wrong.add(column);
    }
  }
  return wrong.size === 0 ? null : `wrong ${[...wrong].join(', ')}`;
}

// --------------------------------------------------------------------------------------------------- the readers

const slice = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

async function hyparquetDefaults(path) {
  const rows = await parquetReadObjects({ file: slice(readFileSync(path)), compressors });
  return { rows, text: plainText };
}

/** Decimals are read as what carries them and scaled here; timestamps keep their microseconds. */
async function hyparquetExact(path) {
  const file = slice(readFileSync(path));
  const metadata = parquetMetadata(file);
  const scales = new Map();
  for (const element of metadata.schema) {
    if (element.converted_type !== 'DECIMAL') continue;
    scales.set(element.name, element.scale ?? 0);
    element.converted_type = undefined;
    element.logical_type = undefined;
  }
  const parsers = {
    timestampFromMicroseconds: timestampText,
    timestampFromNanoseconds: (nanos) => timestampText(nanos / 1000n),
  };
  const rows = await parquetReadObjects({ file, metadata, compressors, parsers, utf8: false });
  const unscaled = (value) =>
    value instanceof Uint8Array
      ? BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`))
      : BigInt(value);
  const text = (value, column) =>
    scales.has(column) && value !== null && value !== undefined
      ? decimalText(unscaled(value), scales.get(column))
      : plainText(value, column);
  return { rows, text };
}

async function duckdb(path, connection) {
  const source = `read_parquet('${path.replaceAll("'", "''")}')`;
  const described = await connection.runAndReadAll(`describe select * from ${source}`);
  const columns = described.getRowObjects().map(({ column_name: name }) => {
    const column = `"${name}"`;
    if (name === 'active') return column;
    if (name === 'uid') return `lower(hex(${column})) as ${column}`;
    if (TIMESTAMPS.includes(name))
      return `strftime(${column}::timestamp, '%Y-%m-%d %H:%M:%S.%f') as ${column}`;
    return `${column}::varchar as ${column}`;
  });
  const reader = await connection.runAndReadAll(`select ${columns.join(', ')} from ${source}`);
  const text = (value, column) => (column === 'score' && value === 'nan' ? 'NaN' : value);
  return { rows: reader.getRowObjects(), text };
}

function parquetjsLite(parquet) {
  return async (path) => {
    const reader = await parquet.ParquetReader.openFile(path);
    try {
      const cursor = reader.getCursor();
      const rows = [];
      for (let row = await cursor.next(); row; row = await cursor.next()) rows.push(row);
      return { rows, text: plainText };
    } finally {
      await reader.close();
    }
  };
}

/** Fetched for this run only, outside the project. */
function fetchPeer() {
  const folder = mkdtempSync(join(tmpdir(), 'parquet-readers-'));
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, PEER], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  return { folder, parquet: createRequire(join(folder, 'index.js'))('parquetjs-lite') };
}

// --------------------------------------------------------------------------------------------------------- the run

/** Reads a file and brings every value to exact text, as an export would. */
async function readText(read, path) {
  const { rows, text } = await read(path);
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, value]) => [column, text(value, column)])),
  );
}

async function checkFile(read, path, expected) {
  try {
    return findDifference(expected, await readText(read, path));
  } catch (error) {
    return `throws: ${String(error?.message ?? error)
      .split('\n')[0]
      .slice(0, 80)}`;
  }
}

/** The best of three. */
async function rowsPerSecond(read, path) {
  let best = 0;
  try {
    for (let i = 0; i < 3; i++) {
      const started = performance.now();
      const rows = await readText(read, path);
      best = Math.max(best, rows.length / ((performance.now() - started) / 1000));
    }
  } catch {
    return null;
  }
  return best;
}

/** Writes rows of a sample with DuckDB. */
async function writeFile(connection, path, select) {
  const sample = `'${SAMPLES.replaceAll("'", "''")}v1-plain.parquet'`;
  await connection.run(
    `copy (${select.replace('SAMPLE', sample)}) to '${path.replaceAll("'", "''")}'
     (format parquet, parquet_version v1, compression uncompressed)`,
  );
  return path;
}

const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
const work = mkdtempSync(join(tmpdir(), 'parquet-timed-'));
const peer = process.argv.includes('--offline') ? null : fetchPeer();
try {
  const readers = [
    ['hyparquet, exact parsers', hyparquetExact],
    ['DuckDB', (path) => duckdb(path, connection)],
    ['hyparquet, defaults', hyparquetDefaults],
    ...(peer ? [[PEER, parquetjsLite(peer.parquet)]] : []),
  ];
  const easy = await writeFile(
    connection,
    join(work, 'easy.parquet'),
    'select * exclude (amount) from SAMPLE',
  );
  const timed = await writeFile(
    connection,
    join(work, 'timed.parquet'),
    `select s.* from SAMPLE s, range(${TIMED_COPIES})`,
  );
  const files = [
    ...GOOD.map((name) => [name, join(SAMPLES, `${name}.parquet`), name === 'empty' ? [] : ROWS]),
    ['without decimals', easy, ROWS.map(({ amount: _, ...row }) => row)],
  ];
  const details = new Map();
  console.log('| reader | files read exactly | rows/s to exact text |\n|---|---|---|');
  for (const [reader, read] of readers) {
    const problems = [];
    for (const [name, path, expected] of files) problems.push([name, await checkFile(read, path, expected)]);
    const right = problems.filter(([, problem]) => problem === null).length;
    const speed = await rowsPerSecond(read, timed);
    console.log(
      `| ${reader} | ${right} of ${files.length} | ${speed ? `${Math.round(speed / 1000)}k` : 'throws'} |`,
    );
    for (const [name, problem] of problems) {
      if (problem)
        details.set(`${reader} | ${problem}`, [...(details.get(`${reader} | ${problem}`) ?? []), name]);
    }
  }
  console.log('\n| reader | what goes wrong | files |\n|---|---|---|');
  for (const [what, names] of details) console.log(`| ${what} | ${names.join(', ')} |`);
} finally {
  connection.closeSync();
  rmSync(work, { recursive: true, force: true });
  if (peer) rmSync(peer.folder, { recursive: true, force: true });
}
