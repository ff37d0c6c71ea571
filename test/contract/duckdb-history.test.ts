import { openTestEngine } from '../helpers/test-pipeline.ts';
import { withoutTransactions } from '../helpers/without-transactions.ts';
import { historyContract } from './history-contract.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 25);

historyContract('DuckDB', () => openTestEngine(), { runs, counts: 'all' });

historyContract(
  'DuckDB as an engine that commits statement by statement',
  () => openTestEngine({ around: withoutTransactions }),
  { runs: Math.ceil(runs / 2), counts: 'none' },
);
