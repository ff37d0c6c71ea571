import { type PipelineError, TerminalError, TransientError } from '../../errors.ts';
import type { Logger } from '../../ports.ts';
import { loginRefused, toDatabricksError } from './errors.ts';
import type { RestResponse } from './https-request.ts';
import type { DatabricksRest } from './rest.ts';

/** What waiting for a warehouse needs. */
export interface WarehouseWait {
  readonly rest: DatabricksRest;
  readonly warehouseId: string;
  /** Milliseconds that waiting may take from now. */
  readonly timeLeft: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly logger: Logger;
}

/** Id of the warehouse in an HTTP path, or null for a cluster's path. */
export function warehouseIdIn(httpPath: string): string | null {
  return /\/sql\/1\.0\/(?:warehouses|endpoints)\/([^/?#]+)/.exec(`/${httpPath}`)?.[1] ?? null;
}

const FIRST_POLL_MS = 1_000;
const SLOWEST_POLL_MS = 5_000;
/** A warehouse that fell back to stopped this often after our start will not start. */
const MOST_STARTS = 2;

/**
 * Starts the warehouse if it is stopped, and waits until it runs. Throws `TransientError` WAREHOUSE_STARTING when the
 * time is over before, `TerminalError` WAREHOUSE_MISSING or PERMISSION_DENIED when there is none for us.
 *
 * @see https://docs.databricks.com/api/workspace/warehouses/get
 */
export async function awaitWarehouse(wait: WarehouseWait): Promise<void> {
  const { warehouseId, timeLeft, sleep, logger } = wait;
  let starts = 0;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 1.5, SLOWEST_POLL_MS)) {
    const { state, reason } = await readState(wait);
    if (state === 'RUNNING') return;
    if (state === 'DELETED' || state === 'DELETING')
      throw missing(warehouseId, `it is ${state.toLowerCase()}`);
    if (state === 'STOPPED') {
      starts += 1;
      if (starts > MOST_STARTS) throw notStarting(warehouseId, reason);
      logger.info('Starting the SQL warehouse', { warehouse: warehouseId });
      await start(wait);
    }
    if (timeLeft() <= pollMs) throw stillStarting(warehouseId, state);
    await sleep(pollMs);
  }
}

const pathOf = (warehouseId: string): string => `/api/2.0/sql/warehouses/${encodeURIComponent(warehouseId)}`;

async function readState(wait: WarehouseWait): Promise<{ state: string; reason: string }> {
  const response = await wait.rest.request('GET', pathOf(wait.warehouseId));
  if (response.status !== 200) throw refusal(response, wait.warehouseId, 'look at');
  const answer = parseState(response.body);
  // Newer states than we know are waited out.
  return { state: String(answer.state ?? 'UNKNOWN'), reason: String(answer.health?.summary ?? '') };
}

async function start(wait: WarehouseWait): Promise<void> {
  const response = await wait.rest.request('POST', `${pathOf(wait.warehouseId)}/start`);
  if (response.status !== 200) throw refusal(response, wait.warehouseId, 'start');
}

function parseState(body: Buffer): { state?: unknown; health?: { summary?: unknown } } {
  try {
    return (JSON.parse(body.toString()) ?? {}) as ReturnType<typeof parseState>;
  } catch {
    return {};
  }
}

function refusal({ status, headers }: RestResponse, warehouseId: string, verb: string): PipelineError {
  const doing = `${verb} SQL warehouse ${warehouseId}`;
  const header = { get: (name: string) => headers[name] ?? null };
  const error = toDatabricksError(
    { statusCode: status, message: `HTTP ${status}`, response: { headers: header } },
    doing,
  );
  if (status === 401) return loginRefused(error);
  // The interface calls an id that cannot be one a bad request.
  if (status === 404 || status === 400) return missing(warehouseId, `HTTP ${status}`);
  if (status === 403) {
    return new TerminalError(
      'PERMISSION_DENIED',
      `Databricks does not let us ${doing}. Give the service principal (or the owner of the token) the permission "Can use" on it.`,
      { context: error.context },
    );
  }
  return error;
}

function missing(warehouseId: string, why: string): TerminalError {
  return new TerminalError(
    'WAREHOUSE_MISSING',
    `There is no SQL warehouse ${warehouseId} in this workspace (${why}). Check "httpPath": it is on the warehouse's page under "Connection details".`,
    { context: { warehouse: warehouseId } },
  );
}

function notStarting(warehouseId: string, reason: string): TransientError {
  return new TransientError(
    'WAREHOUSE_STARTING',
    `SQL warehouse ${warehouseId} was started and stopped again${reason === '' ? '' : ` (${reason})`}. Look at its page for the reason, and run again.`,
    { context: { warehouse: warehouseId } },
  );
}

function stillStarting(warehouseId: string, state: string): TransientError {
  return new TransientError(
    'WAREHOUSE_STARTING',
    `SQL warehouse ${warehouseId} is ${state.toLowerCase()}, and there is no time to wait longer. Run again in some minutes.`,
    { context: { warehouse: warehouseId } },
  );
}
