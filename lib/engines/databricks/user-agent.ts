import { VERSION } from '../../version.ts';

/** By which Databricks tells our requests and statements from those of others. */
export const USER_AGENT = `tidemark/${VERSION}`;
