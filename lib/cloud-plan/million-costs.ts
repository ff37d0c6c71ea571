import type { Config } from '../config/config.ts';
import { type Basis, type CostItem, costItem, present } from './cost-item.ts';

const MILLION = 1_000_000;

/** Memory of the router, in GB, and how long it takes for an event. */
const ROUTER_GB = 0.25;
const ROUTER_SECONDS = 0.1;

/** Requests of one file: the function reads its footer, the warehouse its pages. */
const READS_PER_FILE = 6;

/** Written by DMS, and copied to where processed files are. Each is an event, too. */
const WRITES_PER_FILE = 2;

/**
 * What a million changes cost on top of the month, when batches follow each other so closely that the warehouse works
 * and does not wait. DMS copies them within the units that the month has.
 */
export function millionCosts({ cloud }: Config, basis: Basis): CostItem[] {
  const { assumed, warehouseDbu } = basis;
  const files = MILLION / assumed.changesPerFile;
  const batches = files / assumed.filesPerBatch;
  const ingestGbSeconds = (batches * assumed.ingestSecondsPerBatch * cloud.ingest.memoryMb) / 1024;
  const dbu = ((batches * assumed.warehouseSecondsPerBatch) / 3600) * warehouseDbu;
  return present([
    costItem(basis, 'warehouse at work', dbu, 'databricks.dbu'),
    costItem(basis, 'functions', ingestGbSeconds + files * ROUTER_SECONDS * ROUTER_GB, 'lambda.gbSecond'),
    costItem(basis, 'their calls', files + batches, 'lambda.request'),
    costItem(
      basis,
      'files written and moved, folders listed',
      files * WRITES_PER_FILE + batches,
      's3.writeRequest',
    ),
    costItem(basis, 'files read', files * READS_PER_FILE, 's3.readRequest'),
    costItem(basis, 'events of files', files * WRITES_PER_FILE, 'eventbridge.objectEvent'),
    costItem(basis, 'messages of files, three requests each', files * 3, 'sqs.request'),
    costItem(basis, 'messages of tables, three requests each', batches * 3, 'sqs.fifoRequest'),
    costItem(basis, 'use of the key', files * WRITES_PER_FILE, 'kms.request'),
    costItem(basis, 'logs', ((files + batches) * assumed.logBytesPerRun) / 1e9, 'cloudwatch.logGb'),
    costItem(
      basis,
      'a month of their files in the bucket',
      (MILLION * assumed.bytesPerChange) / 1e9,
      's3.storageGbMonth',
    ),
  ]);
}

/**
 * What the warehouse costs in a month in which something arrives so often that it never stops: the bill of a short
 * window. Not on top of `millionCosts` but in place of the warehouse there.
 */
export function awakeCosts(basis: Basis): CostItem[] {
  const { assumed, warehouseDbu } = basis;
  return present([
    costItem(basis, 'warehouse that never stops', assumed.hoursPerMonth * warehouseDbu, 'databricks.dbu'),
  ]);
}
