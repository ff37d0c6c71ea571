import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import type { Finding } from '../../../lib/config/problem.ts';
import { ConfigError } from '../../../lib/errors.ts';
import { CLOUD_YAML, cloudYaml } from '../../helpers/cloud-config.ts';

const [erp] = CLOUD_YAML.replications;

/** Paths of all problems, with one more for each table and each replication that is shown to the further check. */
function problems(yaml: string): string[] {
  const also = (config: { tables: readonly unknown[]; replications: readonly unknown[] }): Finding[] =>
    (['tables', 'replications'] as const).flatMap((list) =>
      config[list].map((_, at) => ({ path: [list, at, 'seen'], message: 'seen', hint: '' })),
    );
  try {
    parseConfig(yaml, { baseDir: '/base', also });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('a further check of a configuration', () => {
  const table = { name: 'invoice', keys: ['id'], replication: 'erp' };

  it('gets what has the right shape, and its findings have the places of the file', () => {
    const tables = [{ name: 'broken', keys: [] }, table];

    expect(problems(cloudYaml({ tables })).sort()).toEqual([
      'replications[0].seen',
      'tables[0].keys',
      'tables[1].seen',
    ]);
  });

  it('says nothing of tables where a replication cannot be read', () => {
    const found = problems(cloudYaml({ tables: [table], replications: [{ name: 'crm' }, erp] }));

    expect(found.filter((path) => path.endsWith('seen'))).toEqual(['replications[1].seen']);
  });

  it('gets a replication although its capacity, times or sizes cannot be read', () => {
    const replications = [{ ...erp, serverless: { minUnits: 3 }, cutSeconds: 'often' }];

    expect(problems(cloudYaml({ tables: [table], replications })).sort()).toEqual([
      'replications[0].cutSeconds',
      'replications[0].seen',
      'replications[0].serverless.minUnits',
      'tables[0].seen',
    ]);
  });

  it('is about the lists alone where something else has a wrong shape', () => {
    const also = (): Finding[] =>
      [['tables', 0], ['name'], ['storage', 'kind'], ['cloud', 'network']].map((path) => ({
        path,
        message: 'seen',
        hint: '',
      }));
    const cloud = { ...CLOUD_YAML.cloud, network: { kind: 'new', natGateways: 7 } };
    const yaml = cloudYaml({ tables: [table], schema: 7, cloud });

    expect(() => parseConfig(yaml, { baseDir: '/base', also })).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ path: 'schema' }),
          expect.objectContaining({ path: 'cloud.network.natGateways' }),
          expect.objectContaining({ path: 'tables[0]', message: 'seen' }),
        ],
      }),
    );
  });

  it('is left out where nothing can be made of the lists', () => {
    expect(problems(cloudYaml({ tables: 'none' })).filter((path) => path.endsWith('seen'))).toEqual([]);
  });

  it('is not told where the configuration itself says the same', () => {
    const message = '"invoice" repeats "invoice" of tables[0]';
    const also = (): Finding[] => [{ path: ['tables', 1, 'name'], message, hint: 'Another advice.' }];
    const yaml = cloudYaml({ tables: [table, { ...table, source: 'dbo.other' }] });

    expect(() => parseConfig(yaml, { baseDir: '/base', also })).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ path: 'tables[1].name', message })] }),
    );
  });

  it('is told beside problems of meaning', () => {
    const twice = [table, { ...table, source: 'dbo.other' }];

    expect(problems(cloudYaml({ tables: twice })).sort()).toEqual([
      'replications[0].seen',
      'tables[0].seen',
      'tables[1].name',
      'tables[1].seen',
    ]);
  });
});
