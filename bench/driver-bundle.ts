/** Nothing but the driver of Databricks, to see in `bench/functions.ts` what it weighs. */
export { DBSQLClient } from '@databricks/sql';
