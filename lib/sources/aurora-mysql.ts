import { guide } from './guide.ts';
import { createMysqlSource } from './mysql/create-source.ts';

/** DMS calls it `aurora`. @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.MySQL.html */
export const auroraMysql = createMysqlSource({
  engine: 'aurora-mysql',
  title: 'Aurora MySQL',
  hostings: ['aurora'],
  dmsEngineName: 'aurora',
  host: 'the writer endpoint of the cluster: changes cannot be read from a replica',
  limits: [
    {
      text: 'Changes from Serverless v2, not from Serverless v1; not with the enhanced binary log.',
      see: guide('CHAP_Source.MySQL.html'),
    },
    {
      text: 'Version 8.4 refuses connections without TLS unless require_secure_transport is off: set `tls: verify-ca` and a certificate.',
      see: guide('CHAP_Source.MySQL.html'),
    },
  ],
});
