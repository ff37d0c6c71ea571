import {
  AddTagsToResourceCommand,
  type DatabaseMigrationServiceClient,
  DescribeConnectionsCommand,
  DescribeReplicationsCommand,
  DescribeReplicationTableStatisticsCommand,
  DescribeReplicationTasksCommand,
  DescribeTableStatisticsCommand,
  ListTagsForResourceCommand,
  ReloadReplicationTablesCommand,
  ReloadTablesCommand,
  StartReplicationCommand,
  StartReplicationTaskCommand,
  StopReplicationCommand,
  StopReplicationTaskCommand,
  TestConnectionCommand,
} from '@aws-sdk/client-database-migration-service';
import type {
  ConnectionState,
  DmsPort,
  ObservedReplication,
  ReplicationEnds,
  ReplicationRef,
  ReplicationTarget,
  StartType,
  TableName,
  TableStatistics,
} from '../dms/dms-port.ts';
import { isDmsNotFound, toDmsError } from './dms-errors.ts';
import { observedReplication, observedTable, observedTask } from './dms-observed.ts';

/** The part of the SDK's client that is used. */
export type DmsSender = Pick<DatabaseMigrationServiceClient, 'send'>;

/** DMS behind its port, for tasks and serverless replications alike. Create the client with retries of its own. */
export function createDmsClient(client: DmsSender): DmsPort {
  return {
    describe: (ref) => asked(`describe ${ref.identifier}`, () => describe(client, ref)),
    start: (target, type, from) => asked(`start ${target.arn}`, () => start(client, target, type, from)),
    stop: (target) => asked(`stop ${target.arn}`, () => stop(client, target)),
    tableStatistics: (target) =>
      asked(`read the numbers of the tables of ${target.arn}`, () => tableStatistics(client, target)),
    reloadTables: (target, tables) =>
      asked(`load tables of ${target.arn}`, () => reloadTables(client, target, tables)),
    connections: (ends) =>
      asked(`describe connections of ${ends.instanceArn}`, () => connections(client, ends)),
    testConnection: (instanceArn, endpointArn) =>
      asked(`test the connection to ${endpointArn}`, () => testConnection(client, instanceArn, endpointArn)),
    tags: (target) => asked(`read the tags of ${target.arn}`, () => tags(client, target)),
    tag: (target, key, value) => asked(`tag ${target.arn}`, () => tag(client, target, key, value)),
  };
}

async function asked<T>(doing: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toDmsError(error, doing);
  }
}

async function describe(
  client: DmsSender,
  { kind, identifier }: ReplicationRef,
): Promise<ObservedReplication | null> {
  const filters = (name: string) => [{ Name: name, Values: [identifier] }];
  try {
    if (kind === 'standard') {
      const Filters = filters('replication-task-id');
      const { ReplicationTasks: [task] = [] } = await client.send(
        new DescribeReplicationTasksCommand({ Filters, WithoutSettings: true }),
      );
      return task ? observedTask(task) : null;
    }
    const Filters = filters('replication-config-id');
    const { Replications: [found] = [] } = await client.send(new DescribeReplicationsCommand({ Filters }));
    return found ? observedReplication(found) : null;
  } catch (error) {
    if (isDmsNotFound(error)) return null;
    throw error;
  }
}

async function start(
  client: DmsSender,
  { kind, arn }: ReplicationTarget,
  type: StartType,
  from: string | null,
): Promise<void> {
  const position = from === null ? {} : { CdcStartPosition: from };
  if (kind === 'standard') {
    await client.send(
      new StartReplicationTaskCommand({
        ReplicationTaskArn: arn,
        StartReplicationTaskType: type,
        ...position,
      }),
    );
  } else {
    await client.send(
      new StartReplicationCommand({ ReplicationConfigArn: arn, StartReplicationType: type, ...position }),
    );
  }
}

async function stop(client: DmsSender, { kind, arn }: ReplicationTarget): Promise<void> {
  try {
    if (kind === 'standard') await client.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }));
    else await client.send(new StopReplicationCommand({ ReplicationConfigArn: arn }));
  } catch (error) {
    if (!isDmsNotFound(error)) throw error;
  }
}

async function tableStatistics(
  client: DmsSender,
  { kind, arn }: ReplicationTarget,
): Promise<TableStatistics[]> {
  const tables = await everyPage(async (Marker) => {
    if (kind === 'standard') {
      const page = await client.send(new DescribeTableStatisticsCommand({ ReplicationTaskArn: arn, Marker }));
      return { items: page.TableStatistics, Marker: page.Marker };
    }
    const page = await client.send(
      new DescribeReplicationTableStatisticsCommand({ ReplicationConfigArn: arn, Marker }),
    );
    return { items: page.ReplicationTableStatistics, Marker: page.Marker };
  });
  return tables.map(observedTable);
}

async function reloadTables(
  client: DmsSender,
  { kind, arn }: ReplicationTarget,
  tables: readonly TableName[],
): Promise<void> {
  const TablesToReload = tables.map(({ schema, table }) => ({ SchemaName: schema, TableName: table }));
  const ReloadOption = 'data-reload';
  if (kind === 'standard') {
    await client.send(new ReloadTablesCommand({ ReplicationTaskArn: arn, TablesToReload, ReloadOption }));
  } else {
    await client.send(
      new ReloadReplicationTablesCommand({ ReplicationConfigArn: arn, TablesToReload, ReloadOption }),
    );
  }
}

async function connections(
  client: DmsSender,
  { instanceArn, endpointArns }: ReplicationEnds,
): Promise<ConnectionState[]> {
  const Filters = [{ Name: 'replication-instance-arn', Values: [instanceArn] }];
  const found = await everyPage(async (Marker) => {
    const page = await client.send(new DescribeConnectionsCommand({ Filters, Marker }));
    return { items: page.Connections, Marker: page.Marker };
  }).catch((error: unknown) => {
    // DMS answers so when nothing was ever tested.
    if (isDmsNotFound(error)) return [];
    throw error;
  });
  return endpointArns.map((endpointArn) => {
    const connection = found.find((other) => other.EndpointArn === endpointArn);
    const failure = connection?.LastFailureMessage || null;
    return { endpointArn, status: connection?.Status ?? null, failure };
  });
}

async function testConnection(client: DmsSender, instanceArn: string, endpointArn: string): Promise<void> {
  const input = { ReplicationInstanceArn: instanceArn, EndpointArn: endpointArn };
  await client.send(new TestConnectionCommand(input));
}

async function tags(client: DmsSender, { arn }: ReplicationTarget): Promise<Record<string, string>> {
  const { TagList = [] } = await client.send(new ListTagsForResourceCommand({ ResourceArn: arn }));
  return Object.fromEntries(TagList.map(({ Key = '', Value = '' }) => [Key, Value]));
}

async function tag(client: DmsSender, { arn }: ReplicationTarget, key: string, value: string): Promise<void> {
  const Tags = [{ Key: key, Value: value }];
  await client.send(new AddTagsToResourceCommand({ ResourceArn: arn, Tags }));
}

async function everyPage<T>(
  page: (
    marker: string | undefined,
  ) => Promise<{ items?: readonly T[] | undefined; Marker?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let marker: string | undefined;
  do {
    const { items = [], Marker } = await page(marker);
    all.push(...items);
    marker = Marker || undefined;
  } while (marker !== undefined);
  return all;
}
