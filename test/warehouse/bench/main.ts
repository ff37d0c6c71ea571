import { install, installDir, isInstalled } from './install.ts';
import { startWarehouse } from './warehouse.ts';

if (!isInstalled()) {
  console.log(`Installing into ${installDir()}; this takes a few minutes, once.`);
  await install(installDir(), (line) => console.log(line));
}
console.log('Starting Spark with Delta ...');
const warehouse = await startWarehouse();
console.log(`
A warehouse answers as Databricks would:

  host       ${warehouse.host}
  port       ${warehouse.port}
  HTTP path  ${warehouse.path}
  token      ${warehouse.token}
  CA file    ${warehouse.caFile}
  catalog    spark_catalog (the only one)
  log        ${warehouse.logFile}
  Spark      TIDEMARK_SPARK_PORT=${warehouse.sparkPort} makes tests use this one instead of starting their own

OAuth:     client id ${warehouse.oauth.clientId}, secret ${warehouse.oauth.clientSecret}
Trust it:  export NODE_EXTRA_CA_CERTS=${warehouse.caFile}

Ctrl-C ends it; its tables go with it.`);

const end = async () => {
  await warehouse.stop();
  process.exit(0);
};
process.once('SIGINT', end);
process.once('SIGTERM', end);
