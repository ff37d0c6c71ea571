import type { DatabricksRest } from './rest.ts';
import { warehouseIdIn } from './warehouse-start.ts';

/**
 * True while a SQL warehouse runs. Asking neither starts it nor keeps it running. Null for a cluster, of which this does
 * not tell, and when the workspace does not say. Throws what a request throws.
 *
 * @see https://docs.databricks.com/api/workspace/warehouses/get
 */
export async function isWarehouseRunning(rest: DatabricksRest, httpPath: string): Promise<boolean | null> {
  const id = warehouseIdIn(httpPath);
  if (id === null) return null;
  const answer = await rest.request('GET', `/api/2.0/sql/warehouses/${encodeURIComponent(id)}`);
  if (answer.status !== 200) return null;
  try {
    const { state } = JSON.parse(answer.body.toString()) as { state?: unknown };
    return state === 'RUNNING';
  } catch {
    return null;
  }
}
