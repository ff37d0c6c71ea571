import { TerminalError } from '../errors.ts';

/**
 * Stands in for the package `proxy-agent` in functions. The driver of Databricks loads that package always and uses it
 * only when it is told of a proxy, which functions never do; it is a third of a bundle, with an interpreter of JavaScript
 * and a client of FTP in it.
 */
export class ProxyAgent {
  constructor() {
    throw new TerminalError('PROXY_UNSUPPORTED', 'Functions reach Databricks directly, not through a proxy.');
  }
}
