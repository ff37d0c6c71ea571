import type { DmsSender } from '../../lib/aws/dms-client.ts';
import type { MigrationType } from '../../lib/config/cloud.ts';
import type { ReplicationKind, TableName } from '../../lib/dms/dms-port.ts';

/** What CloudFormation would make of a replication in DMS. */
export interface StandInDefinition {
  readonly identifier: string;
  readonly migration: MigrationType;
  readonly tables: readonly TableName[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface StandInOptions {
  readonly kind: ReplicationKind;
  /** Serverless: `when-stopped` as the user guide says, `before-start` as the API reference does. @default when-stopped */
  readonly modifiable?: 'when-stopped' | 'before-start';
  /** A resumed task loads tables that were added; else it only follows them. Assumed: no public text says which. @default true */
  readonly loadsAdded?: boolean;
  /**
   * A task that is resumed although its first run loaded nothing loads its tables; else it only follows their changes,
   * as a public report has it: docs/dms-stand-in.md. @default true
   */
  readonly resumeLoads?: boolean;
  /** What DMS takes for a run: a start that was asked for, or rows that were copied. Assumed: either. @default copied */
  readonly ranMeans?: 'asked' | 'copied';
  /** Time of a load. @default 300 */
  readonly loadSeconds?: number;
  /** Time until a serverless replication has its capacity. @default 1200 */
  readonly provisioningSeconds?: number;
}

interface StandInTable extends TableName {
  state: string;
  loads: number;
  startedAt: Date | undefined;
  endedAt: Date | undefined;
  reloaded: boolean;
}

interface StandInReplication {
  definition: StandInDefinition;
  status: string;
  freshStart: Date | undefined;
  loadStart: Date | undefined;
  checkpoint: string | undefined;
  stopReason: string | undefined;
  failure: string | undefined;
  tags: Map<string, string>;
  tables: StandInTable[];
}

export type DmsStandIn = ReturnType<typeof createDmsStandIn>;

const START = Date.UTC(2026, 0, 1);
const INSTANCE = 'arn:aws:dms:eu-central-1:111122223333:rep:I';
const ENDPOINTS = [
  'arn:aws:dms:eu-central-1:111122223333:endpoint:S',
  'arn:aws:dms:eu-central-1:111122223333:endpoint:T',
];

/** Tables in one answer; DMS gives 100, and a caller must ask for the next page either way. */
const PAGE = 2;

/**
 * DMS in memory with a clock of its own: one replication, task or serverless, with its states and delays. It takes the
 * SDK's commands, so that the adapter is tested with it. What a comment gives no source for is marked "assumed"; the
 * whole of it is in docs/dms-stand-in.md.
 */
export function createDmsStandIn(options: StandInOptions) {
  const {
    kind,
    modifiable = 'when-stopped',
    loadsAdded = true,
    resumeLoads = true,
    ranMeans = 'copied',
    loadSeconds = 300,
  } = options;
  const calls: string[] = [];
  const connections = new Map<string, { status: string; failure?: string }>();
  let provisioningSeconds = options.provisioningSeconds ?? 1200;
  let deniesTags = false;
  let refusesStops = false;
  let nowMs = START;
  let found: StandInReplication | null = null;
  let timeline: { at: number; run: () => void }[] = [];
  let nextFailure: string | null = null;
  let everyFailure: string | null = null;
  let connectionFailure: string | null = null;
  let throttled = 0;

  const date = (): Date => new Date(nowMs);
  const isServerless = kind === 'serverless';
  const arn = isServerless
    ? 'arn:aws:dms:eu-central-1:111122223333:replication-config:C'
    : 'arn:aws:dms:eu-central-1:111122223333:task:T';

  function after(seconds: number, run: () => void): void {
    timeline.push({ at: nowMs + seconds * 1000, run });
    timeline.sort((a, b) => a.at - b.at);
  }

  function advance(seconds: number): void {
    const end = nowMs + seconds * 1000;
    for (let next = timeline[0]; next && next.at <= end; next = timeline[0]) {
      timeline.shift();
      nowMs = next.at;
      next.run();
    }
    nowMs = end;
  }

  function current(): StandInReplication {
    if (found === null) throw fault('ResourceNotFoundFault', 'Replication not found.');
    return found;
  }

  function become(status: string): void {
    current().status = status;
  }

  function requireStatus(allowed: readonly string[], doing: string): void {
    const { status } = current();
    if (allowed.includes(status)) return;
    // The wording is DMS's: https://github.com/hashicorp/terraform-provider-aws/issues/2236
    throw fault(
      'InvalidResourceStateFault',
      `Replication Task cannot be ${doing} while it is ${status} state`,
    );
  }

  // ------------------------------------------------------------------------------- as CloudFormation does

  /** Statuses `creating` and then `ready`: https://docs.aws.amazon.com/dms/latest/APIReference/API_ReplicationTask.html */
  function create(definition: StandInDefinition): void {
    if (found !== null) throw fault('ResourceAlreadyExistsFault', `${definition.identifier} exists already.`);
    calls.push('create');
    found = {
      definition,
      status: isServerless ? 'created' : 'creating',
      freshStart: undefined,
      loadStart: undefined,
      checkpoint: undefined,
      stopReason: undefined,
      failure: undefined,
      tags: new Map(Object.entries(definition.tags)),
      tables: definition.tables.map(newTable),
    };
    if (!isServerless) after(20, () => become('ready'));
    advance(30);
  }

  /**
   * A task that ran must be stopped or failed: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.Modifying.html
   * For serverless the user guide allows created, stopped and failed
   * (https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Limitations.html), the API reference nothing after
   * the first start (https://docs.aws.amazon.com/dms/latest/APIReference/API_ModifyReplicationConfig.html). `modifying`
   * goes on after the call: https://github.com/hashicorp/terraform-provider-aws/issues/35650
   */
  function modify(definition: StandInDefinition): void {
    requireStatus(['created', 'ready', 'stopped', 'failed'], 'modified');
    const replication = current();
    if (
      isServerless &&
      modifiable === 'before-start' &&
      replication.freshStart &&
      replication.status !== 'failed'
    ) {
      throw fault('InvalidResourceStateFault', 'Replication config cannot be modified once it was started.');
    }
    calls.push('modify');
    const before = replication.status;
    become('modifying');
    after(60, () => become(before));
    const old = replication.tables;
    replication.definition = definition;
    replication.tables = definition.tables.map(
      (name) => old.find((table) => isSame(table, name)) ?? newTable(name),
    );
    // Assumed: tags that others put stay.
    for (const [key, value] of Object.entries(definition.tags)) replication.tags.set(key, value);
  }

  /** Serverless: only stopped or failed (CHAP_Serverless.Limitations). A running task cannot be deleted: assumed. */
  function remove(): void {
    if (found === null) return;
    requireStatus(['created', 'ready', 'stopped', 'failed'], 'deleted');
    calls.push('delete');
    become('deleting');
    after(20, () => {
      found = null;
    });
    advance(30);
  }

  // ------------------------------------------------------------------------------------------ what it does

  /** Statuses in order: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Components.html; times assumed. */
  function start(type: string, from: string | undefined): void {
    requireStatus(['created', 'ready', 'stopped', 'failed'], 'started');
    const replication = current();
    if (type === 'start-replication' && hasRun(replication)) {
      // DMS's wording, known from tasks; the same for serverless: assumed.
      const text = 'Start Type : START_REPLICATION, valid only for tasks running for the first time';
      throw fault('InvalidParameterCombinationException', text);
    }
    if (type === 'resume-processing') requireResumable(replication);
    if (!isServerless && ENDPOINTS.some((endpoint) => connections.get(endpoint)?.status !== 'successful')) {
      const text =
        'Test connection for replication instance and endpoint should be successful for starting the replication task';
      throw fault('InvalidResourceStateFault', text);
    }
    calls.push(from === undefined ? `start ${type}` : `start ${type} from ${from}`);
    replication.stopReason = undefined;
    replication.failure = undefined;
    replication.freshStart ??= date();
    timeline = [];
    const run = () => reachRunning(type === 'resume-processing');
    if (!isServerless) {
      become('starting');
      after(60, run);
      return;
    }
    become('initializing');
    after(120, () => become('preparing_metadata_resources'));
    after(180, () => become('testing_connection'));
    after(240, () => become('fetching_metadata'));
    after(270, () => become('calculating_capacity'));
    after(300, () => become('provisioning_capacity'));
    after(300 + provisioningSeconds, () => become('replication_starting'));
    after(330 + provisioningSeconds, run);
  }

  function hasRun({ freshStart, loadStart, checkpoint }: StandInReplication): boolean {
    return ranMeans === 'asked' ? freshStart !== undefined : Boolean(loadStart ?? checkpoint);
  }

  /** https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplication.html, API_StartReplicationTask.html */
  function requireResumable(replication: StandInReplication): void {
    const { definition } = replication;
    if (!hasRun(replication)) throw fault('InvalidParameterCombinationException', 'Nothing to resume.');
    if (!isServerless || definition.migration !== 'full-load') return;
    throw fault(
      'InvalidParameterCombinationException',
      'resume-processing is not applicable for a full-load replication',
    );
  }

  function reachRunning(isResumed: boolean): void {
    const replication = current();
    const failure = nextFailure ?? everyFailure;
    if (failure !== null) {
      replication.failure = failure;
      nextFailure = null;
      become('failed');
      return;
    }
    become('running');
    const { migration } = replication.definition;
    if (migration !== 'full-load') replication.checkpoint = `checkpoint:V1#${calls.length}`;
    if (migration === 'cdc') {
      for (const table of replication.tables) table.state = 'Table completed';
      return;
    }
    const isFirst = replication.loadStart === undefined;
    const loadsAll = isFirst && (resumeLoads || !isResumed);
    replication.loadStart ??= date();
    for (const table of replication.tables.filter(({ loads }) => loads === 0)) {
      if (loadsAll || (loadsAdded && !isFirst) || migration === 'full-load') load(table, 'Full load');
      else table.state = 'Table completed';
    }
    if (migration === 'full-load') after(loadSeconds + 1, finish);
  }

  /** `FULL_LOAD_ONLY_FINISHED`: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html */
  function finish(): void {
    current().stopReason = 'Stop Reason FULL_LOAD_ONLY_FINISHED';
    become('stopped');
  }

  function load(table: StandInTable, state: string): void {
    table.state = state;
    table.startedAt = date();
    after(loadSeconds, () => {
      table.state = 'Table completed';
      table.endedAt = date();
      table.loads += 1;
    });
  }

  /** While it starts a stop is refused: assumed. What is stopped while serverless looks for capacity: assumed to stop. */
  function stop(): void {
    requireStatus(refusesStops ? [] : isServerless ? [...STARTING, 'running'] : ['running'], 'stopped');
    calls.push('stop');
    timeline = [];
    become('stopping');
    after(45, () => {
      current().stopReason = 'Stop Reason NORMAL';
      become('stopped');
    });
  }

  /** At most ten, and only while it runs: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.ReloadTables.html */
  function reload(names: readonly TableName[]): void {
    requireStatus(['running'], 'reloaded');
    if (names.length > 10)
      throw fault('InvalidParameterValueException', 'At most 10 tables can be reloaded.');
    calls.push(`reload ${names.map(({ table }) => table).join(' ')}`);
    for (const name of names) {
      const table = current().tables.find((other) => isSame(other, name));
      if (!table) throw fault('InvalidParameterValueException', `Table ${name.table} is not in the task.`);
      table.reloaded = true;
      load(table, 'Table is being reloaded');
    }
  }

  function testConnection(endpoint: string): void {
    calls.push('test connection');
    connections.set(endpoint, { status: 'testing' });
    after(40, () => {
      const failure = connectionFailure;
      connections.set(endpoint, failure === null ? { status: 'successful' } : { status: 'failed', failure });
    });
  }

  // ---------------------------------------------------------------------------------------------- commands

  /** Answers by the name of the command. Inputs are the SDK's, outputs have the fields that are read. */
  const answers: Readonly<Record<string, (input: Input) => unknown>> = {
    DescribeReplicationTasksCommand: ({ Filters }) => ({ ReplicationTasks: describe(Filters) }),
    DescribeReplicationsCommand: ({ Filters }) => ({ Replications: describe(Filters) }),
    DescribeTableStatisticsCommand: ({ Marker }) => {
      const { items, next } = statistics(Marker);
      return { TableStatistics: items, Marker: next };
    },
    DescribeReplicationTableStatisticsCommand: ({ Marker }) => {
      const { items, next } = statistics(Marker);
      return { ReplicationTableStatistics: items, Marker: next };
    },
    StartReplicationTaskCommand: (input) =>
      start(input.StartReplicationTaskType ?? '', input.CdcStartPosition),
    StartReplicationCommand: (input) => start(input.StartReplicationType ?? '', input.CdcStartPosition),
    StopReplicationTaskCommand: stop,
    StopReplicationCommand: stop,
    ReloadTablesCommand: ({ TablesToReload }) => reload(namesOf(TablesToReload)),
    ReloadReplicationTablesCommand: ({ TablesToReload }) => reload(namesOf(TablesToReload)),
    TestConnectionCommand: ({ EndpointArn }) => testConnection(EndpointArn ?? ''),
    DescribeConnectionsCommand: () => describeConnections(),
    ListTagsForResourceCommand: () => ({
      TagList: [...current().tags].map(([Key, Value]) => ({ Key, Value })),
    }),
    AddTagsToResourceCommand: ({ Tags = [] }) => {
      if (deniesTags) throw fault('AccessDeniedFault', 'Not allowed.');
      for (const { Key = '', Value = '' } of Tags) current().tags.set(Key, Value);
    },
  };

  function describe(filters: Input['Filters']) {
    const asked = filters?.[0]?.Values?.[0];
    // A filter that matches nothing is a fault for tasks: assumed. For serverless it is an empty list: assumed.
    if (found === null || found.definition.identifier !== asked) {
      if (isServerless) return [];
      throw fault('ResourceNotFoundFault', 'No replication task found matching the filters.');
    }
    const { definition, status, stopReason, failure, checkpoint, freshStart, loadStart } = found;
    const stats = { FreshStartDate: freshStart, FullLoadStartDate: loadStart };
    const shared = { Status: status, StopReason: stopReason, RecoveryCheckpoint: checkpoint };
    return isServerless
      ? [
          {
            ...shared,
            ReplicationConfigIdentifier: definition.identifier,
            ReplicationConfigArn: arn,
            ReplicationType: definition.migration,
            FailureMessages: failure === undefined ? [] : [failure],
            ReplicationStats: stats,
          },
        ]
      : [
          {
            ...shared,
            ReplicationTaskIdentifier: definition.identifier,
            ReplicationTaskArn: arn,
            MigrationType: definition.migration,
            LastFailureMessage: failure,
            ReplicationTaskStats: stats,
            ReplicationInstanceArn: INSTANCE,
            SourceEndpointArn: ENDPOINTS[0],
            TargetEndpointArn: ENDPOINTS[1],
          },
        ];
  }

  function statistics(marker: string | undefined) {
    const from = Number(marker ?? 0);
    const { tables } = current();
    const items = tables.slice(from, from + PAGE).map((table) => ({
      SchemaName: table.schema,
      TableName: table.table,
      TableState: table.state,
      FullLoadRows: table.loads * 100,
      FullLoadStartTime: table.startedAt,
      FullLoadEndTime: table.endedAt,
      FullLoadReloaded: table.reloaded,
    }));
    return { items, next: from + PAGE < tables.length ? String(from + PAGE) : undefined };
  }

  function describeConnections() {
    if (connections.size === 0) throw fault('ResourceNotFoundFault', 'No connections found.');
    return {
      Connections: [...connections].map(([EndpointArn, { status, failure }]) => ({
        EndpointArn,
        ReplicationInstanceArn: INSTANCE,
        Status: status,
        LastFailureMessage: failure,
      })),
    };
  }

  async function send(command: { constructor: { name: string }; input: unknown }): Promise<unknown> {
    if (throttled > 0) {
      throttled -= 1;
      throw fault('ThrottlingException', 'Rate exceeded');
    }
    const answer = answers[command.constructor.name];
    if (!answer) throw new Error(`The stand-in of DMS has no ${command.constructor.name}`);
    return answer(command.input as Input) ?? {};
  }

  return {
    sender: { send } as unknown as DmsSender,
    /** What was asked of it, in order; looking is not written down. */
    calls,
    now: () => nowMs,
    advance,
    create,
    modify,
    remove,
    status: () => found?.status ?? null,
    tables: () => current().tables.map(({ table, state, loads }) => ({ table, state, loads })),
    tags: () => Object.fromEntries(current().tags),
    /** The next start ends in `failed` with this message. */
    failNextStart: (message: string) => {
      nextFailure = message;
    },
    failEveryStart: (message: string | null) => {
      everyFailure = message;
    },
    /** It fails now, while it runs. */
    failNow: (message: string) => {
      timeline = [];
      current().failure = message;
      become('failed');
    },
    failConnections: (message: string | null) => {
      connectionFailure = message;
    },
    /** Somebody deletes it in the console, running or not. */
    deleteByHand: () => {
      timeline = [];
      found = null;
    },
    setTableState: (name: string, state: string) => {
      for (const table of current().tables) if (table.table === name) table.state = state;
    },
    /** From now on a start takes so long. */
    setProvisioning: (seconds: number) => {
      provisioningSeconds = seconds;
    },
    /** Nothing moves any more until it is asked for something. */
    freeze: () => {
      timeline = [];
    },
    /** It is busy whenever somebody wants to stop it. */
    refuseStops: () => {
      refusesStops = true;
    },
    /** Our role may not tag. */
    denyTags: () => {
      deniesTags = true;
    },
    throttle: (times: number) => {
      throttled = times;
    },
  };
}

interface Input {
  readonly Filters?: { Values?: string[] }[];
  readonly Marker?: string;
  readonly StartReplicationTaskType?: string;
  readonly StartReplicationType?: string;
  readonly CdcStartPosition?: string;
  readonly EndpointArn?: string;
  readonly TablesToReload?: { SchemaName?: string; TableName?: string }[];
  readonly Tags?: { Key?: string; Value?: string }[];
}

const STARTING = [
  'initializing',
  'preparing_metadata_resources',
  'testing_connection',
  'fetching_metadata',
  'calculating_capacity',
  'provisioning_capacity',
  'replication_starting',
];

function namesOf(tables: Input['TablesToReload'] = []): TableName[] {
  return tables.map(({ SchemaName = '', TableName = '' }) => ({ schema: SchemaName, table: TableName }));
}

function isSame(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.table === b.table;
}

function newTable({ schema, table }: TableName): StandInTable {
  return {
    schema,
    table,
    state: 'Before load',
    loads: 0,
    startedAt: undefined,
    endedAt: undefined,
    reloaded: false,
  };
}

/** An error as the SDK throws it: told by its name. */
function fault(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}
