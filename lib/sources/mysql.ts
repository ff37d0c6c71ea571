import { guide } from './guide.ts';
import { createMysqlSource } from './mysql/create-source.ts';

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.MySQL.html */
export const mysqlSource = createMysqlSource({
  engine: 'mysql',
  title: 'MySQL',
  hostings: ['self-managed', 'rds'],
  dmsEngineName: 'mysql',
  host: 'name or address of the server; on RDS the endpoint of the instance',
  limits: [
    { text: 'Versions 5.5 to 8.4; changes on RDS from 5.6.', see: guide('CHAP_Introduction.Sources.html') },
    {
      text: 'Changes read from a lagging replica can lose what was committed before the task started.',
      see: guide('CHAP_Source.MySQL.html'),
    },
  ],
});
