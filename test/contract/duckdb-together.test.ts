import { openTestEngine } from '../helpers/test-pipeline.ts';
import { historyTogether } from './history-together.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 40);

historyTogether('DuckDB', () => openTestEngine(), {
  feeds: runs,
  counts: 'all',
  workers: 1,
});
