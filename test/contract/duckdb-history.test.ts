import { openTestEngine } from '../helpers/test-pipeline.ts';
import { historyContract } from './history-contract.ts';

historyContract('DuckDB', () => openTestEngine(), { runs: Number(process.env.PROPERTY_RUNS ?? 40) });
