import { guide } from './guide.ts';
import { createPostgresSource } from './postgres/create-source.ts';

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html */
export const postgres = createPostgresSource({
  engine: 'postgres',
  title: 'PostgreSQL',
  hostings: ['self-managed', 'rds'],
  dmsEngineName: 'postgres',
  host: 'name or address of the server; on RDS the endpoint of the instance',
  limits: [
    {
      text: 'Versions from 9.4; changes on RDS from 10. The newest that DMS knows grows with its versions (16 with 3.5.3): verify above.',
      see: guide('CHAP_Source.PostgreSQL.html'),
    },
    {
      text: 'RDS from PostgreSQL 15 on refuses connections without TLS unless rds.force_ssl is 0.',
      see: 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html',
    },
  ],
});
