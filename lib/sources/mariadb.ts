import { guide } from './guide.ts';
import { createMysqlSource } from './mysql/create-source.ts';

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.MySQL.html */
export const mariadb = createMysqlSource({
  engine: 'mariadb',
  title: 'MariaDB',
  hostings: ['self-managed', 'rds'],
  dmsEngineName: 'mariadb',
  host: 'name or address of the server; on RDS the endpoint of the instance',
  limits: [
    {
      text: 'Versions 10.0.24, 10.2 to 10.6, 10.11 and 11.4; others: verify.',
      see: guide('CHAP_Introduction.Sources.html'),
    },
    {
      text: 'System-versioned tables and views are not copied; no XA transactions from 10.6 on.',
      see: guide('CHAP_Source.MySQL.html'),
    },
  ],
});
