import { historyContract } from '../contract/history-contract.ts';
import { openWorkspaceEngine } from './on-workspace.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 4);

historyContract('a workspace', () => openWorkspaceEngine(), { runs, counts: 'of the merge' });
