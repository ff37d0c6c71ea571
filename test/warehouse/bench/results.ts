import { arrowBatchBytes, arrowSchemaBytes, rowCount } from './arrow-results.ts';
import {
  type Call,
  int64,
  type TFetchResultsReq,
  type TFetchResultsResp,
  type TGetResultSetMetadataResp,
  type TTableSchema,
  thriftTypes,
} from './driver-parts.ts';
import type { Operation } from './operations.ts';

/** Rows per block at most, whatever the driver asks for, so that neither end holds much. */
const BLOCK_ROWS = 20_000;

/** The shape of a result, as Databricks tells it. */
export async function resultMetadata(call: Call, operation: Operation): Promise<TGetResultSetMetadataResp> {
  const request = { operationHandle: operation.handle };
  const response = await call<TGetResultSetMetadataResp>('GetResultSetMetadata', request);
  const { schema } = response;
  if (!schema) return response;
  // The driver shows nothing where positions do not count from 1.
  schema.columns.forEach((column, index) => {
    column.position = index + 1;
  });
  operation.schema = schema;
  response.resultFormat = thriftTypes.TSparkRowSetType.ARROW_BASED_SET;
  response.arrowSchema = arrowSchemaBytes(schema);
  response.lz4Compressed = false;
  return response;
}

/** The next rows of a result, as Arrow. */
export async function fetchResults(
  call: Call,
  operation: Operation,
  { orientation, maxRows }: Pick<TFetchResultsReq, 'orientation' | 'maxRows'>,
): Promise<TFetchResultsResp> {
  const limit = Math.min(Number(maxRows), BLOCK_ROWS);
  const request = { operationHandle: operation.handle, orientation, maxRows: int64(limit) };
  const response = await call<TFetchResultsResp>('FetchResults', new thriftTypes.TFetchResultsReq(request));
  if (!response.results) return response;
  const schema = await schemaOf(call, operation);
  const columns = response.results.columns ?? [];
  const rows = rowCount(columns);
  response.hasMoreRows = rows === limit;
  response.results.columns = [];
  response.results.arrowBatches =
    rows === 0 ? [] : [{ batch: arrowBatchBytes(schema, columns), rowCount: int64(rows) }];
  return response;
}

async function schemaOf(call: Call, operation: Operation): Promise<TTableSchema> {
  if (operation.schema === null) await resultMetadata(call, operation);
  return operation.schema ?? { columns: [] };
}
