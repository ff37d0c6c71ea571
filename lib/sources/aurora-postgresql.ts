import { guide } from './guide.ts';
import { createPostgresSource } from './postgres/create-source.ts';

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html */
export const auroraPostgresql = createPostgresSource({
  engine: 'aurora-postgresql',
  title: 'Aurora PostgreSQL',
  hostings: ['aurora'],
  dmsEngineName: 'aurora-postgresql',
  host: 'the writer endpoint of the cluster',
  limits: [
    {
      text: 'Changes from Aurora with PostgreSQL 10.6 on; from Serverless v2, not from Serverless v1.',
      see: guide('CHAP_Source.PostgreSQL.html'),
    },
    { text: 'Changes need synchronous_commit on.', see: guide('CHAP_Source.PostgreSQL.html') },
  ],
});
