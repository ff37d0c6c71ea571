import { openTestEngine } from '../helpers/test-pipeline.ts';
import { describeWithWarehouse } from '../warehouse/bench/shared-warehouse.ts';
import { freshSchema } from '../warehouse/bench/test-session.ts';
import { onWarehouse } from '../warehouse/warehouse-config.ts';
import { historyTogether } from './history-together.ts';

const feeds = Number(process.env.PROPERTY_FEEDS ?? 10);
const tempers = Number(process.env.PROPERTY_TEMPERS ?? 1);

describeWithWarehouse('the Databricks engine', (warehouse) => {
  historyTogether(
    'Spark with Delta',
    () => openTestEngine({ configure: (config) => onWarehouse(config, warehouse(), freshSchema()) }),
    { feeds, tempers, counts: 'of the merge', workers: 2 },
  );
});
