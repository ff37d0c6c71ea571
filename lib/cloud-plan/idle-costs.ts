import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config } from '../config/config.ts';
import { METRICS } from '../metrics.ts';
import { type Basis, type CostItem, costItem, present } from './cost-item.ts';
import type { Parts } from './parts.ts';
import { isPriceName } from './prices.ts';
import { runsPerMonth } from './runs-per-month.ts';

/** What a month costs in which nothing changes at the source. Charges of AWS and of the warehouse for schedules. */
export function idleCosts(config: Config, parts: Parts, basis: Basis): CostItem[] {
  return [
    ...config.replications.flatMap((replication) => replicationCosts(replication, basis)),
    ...networkCosts(config, parts, basis),
    ...present([costItem(basis, 'keys of the bucket and of the alarms', parts.keys, 'kms.keyMonth')]),
    ...watchingCosts(config, parts, basis),
    ...lookingCosts(config, parts, basis),
    ...scheduleCosts(config, basis),
    ...scheduledExportCosts(config, basis),
  ];
}

/** GB of disk that a machine comes with, by its family. */
const INCLUDED_GB = { small: 50, other: 100 };

function replicationCosts({ name, capacity, paused }: ReplicationConfig, basis: Basis): CostItem[] {
  const zones = capacity.multiAz ? 2 : 1;
  const hours = basis.assumed.hoursPerMonth * zones;
  const where = zones === 2 ? ' in two zones' : '';
  if (capacity.kind === 'serverless') {
    const units = capacity.minUnits === 1 ? '1 capacity unit' : `${capacity.minUnits} capacity units`;
    const what = `DMS ${name}, ${units}${where}`;
    return present([costItem(basis, what, paused ? 0 : capacity.minUnits * hours, 'dms.capacityUnitHour')]);
  }
  const { instanceClass, storageGb } = capacity;
  const what = `DMS ${name}, ${instanceClass}${where}`;
  const machine: CostItem | null = isPriceName(instanceClass)
    ? costItem(basis, what, hours, instanceClass)
    : { what: `${what}, hours`, quantity: hours, price: null, usd: null };
  const included = /^dms\.t\d/.test(instanceClass) ? INCLUDED_GB.small : INCLUDED_GB.other;
  const more = Math.max(0, storageGb - included) * zones;
  return present([
    machine,
    costItem(basis, `DMS ${name}, disk beyond ${included} GB`, more, 'dms.storageGbMonth'),
  ]);
}

/** Secrets Manager, KMS and Logs, each in two zones. */
const ENDPOINTS = 3;
const ZONES = 2;

function networkCosts({ cloud }: Config, { newNetwork }: Parts, basis: Basis): CostItem[] {
  if (!newNetwork || cloud.network.kind !== 'new') return [];
  const { hoursPerMonth } = basis.assumed;
  return present([
    costItem(basis, 'endpoints of the VPC', ENDPOINTS * ZONES * hoursPerMonth, 'vpc.endpointHour'),
    costItem(basis, 'NAT gateways', cloud.network.natGateways * hoursPerMonth, 'vpc.natHour'),
  ]);
}

function watchingCosts(config: Config, parts: Parts, basis: Basis): CostItem[] {
  const definitions = Object.values(METRICS);
  const ofPipeline = definitions.filter(({ scope }) => scope !== 'export' || parts.expectsExports).length;
  const ofExports = definitions.filter(({ scope }) => scope === 'export').length * config.exports.length;
  return present([
    costItem(basis, 'alarms', parts.alarms, 'cloudwatch.alarmMonth'),
    costItem(basis, 'dashboard', 1, 'cloudwatch.dashboardMonth'),
    costItem(basis, 'metrics of pipeline and exports', ofPipeline + ofExports, 'cloudwatch.metricMonth'),
    costItem(
      basis,
      'lag of each table, if all have changes in every hour',
      config.tables.length,
      'cloudwatch.metricMonth',
    ),
  ]);
}

/** Schedules ring tables in which nothing waits, and Lambda asks queues in which nothing is. */
function lookingCosts({ cloud, tables }: Config, { queues }: Parts, basis: Basis): CostItem[] {
  const { assumed } = basis;
  const memoryGb = cloud.ingest.memoryMb / 1024;
  const looks = runsPerMonth(cloud.ingest.schedule, assumed) * tables.filter(({ paused }) => !paused).length;
  const sweeps = assumed.sweepsPerMonth;
  const seconds = looks * assumed.secondsPerLook + sweeps * assumed.sweepSeconds;
  const logGb = ((looks + sweeps) * assumed.logBytesPerRun) / 1e9;
  return present([
    costItem(basis, 'functions that look for files', seconds * memoryGb, 'lambda.gbSecond'),
    costItem(basis, 'their calls', looks + sweeps, 'lambda.request'),
    costItem(basis, 'their lists of folders', looks + sweeps * tables.length, 's3.writeRequest'),
    costItem(basis, 'their messages, three requests each', looks * 3, 'sqs.fifoRequest'),
    costItem(basis, 'their logs', logGb, 'cloudwatch.logGb'),
    costItem(
      basis,
      'Lambda asking empty queues',
      queues.length * assumed.pollsPerQueueHour * assumed.hoursPerMonth,
      'sqs.request',
    ),
  ]);
}

function scheduleCosts({ cloud, exports }: Config, basis: Basis): CostItem[] {
  const schedules = [cloud.ingest.schedule, ...exports.map(({ trigger }) => trigger.schedule)];
  const calls = schedules.reduce((sum, schedule) => sum + runsPerMonth(schedule, basis.assumed), 0);
  return present([
    costItem(basis, 'calls by schedules', calls + basis.assumed.sweepsPerMonth, 'eventbridge.schedule'),
  ]);
}

function scheduledExportCosts({ exports }: Config, basis: Basis): CostItem[] {
  const { exportMinutes, warehouseStopMinutes, exportSteps } = basis.assumed;
  const dbuPerRun = ((exportMinutes + warehouseStopMinutes) / 60) * basis.warehouseDbu;
  return present(
    exports.flatMap(({ name, trigger, tables }) => {
      const runs = runsPerMonth(trigger.schedule, basis.assumed);
      const steps = runs * tables.length * exportSteps;
      return [
        costItem(basis, `warehouse woken by the export ${name}`, runs * dbuPerRun, 'databricks.dbu'),
        costItem(basis, `steps of the export ${name}`, steps, 'stepFunctions.transition'),
      ];
    }),
  );
}
