import { createIncoming } from '../../examples/demo/incoming.ts';
import type { Config } from '../../lib/config/config.ts';
import { writeChangeFile } from '../helpers/change-files.ts';
import {
  openTestEngine,
  type TestEngine,
  type TestEngineOptions,
  type TestPipeline,
} from '../helpers/test-pipeline.ts';
import { readSettings } from './settings.ts';

/** A configuration as it would be in the schema that main.ts made for the run, its change files in the run's volume. */
export function onWorkspace(config: Config): Config {
  return {
    ...config,
    ...readSettings(process.env, process.env.TIDEMARK_TEST_SCHEMA ?? ''),
    storage: { kind: 'volume' },
  };
}

/** An engine for tests in the run's schema, whose change files are sent to the workspace. */
export async function openWorkspaceEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const engine = await openTestEngine({ ...options, configure: onWorkspace });
  return { ...engine, table: (table) => withUpload(engine.table(table)) };
}

function withUpload(pipeline: TestPipeline): TestPipeline {
  const put = createIncoming(pipeline.workspace.config, process.env);
  return {
    ...pipeline,
    deliver: (name, spec) =>
      put(pipeline.config.name, name, async (path) => {
        await writeChangeFile(path, spec);
      }),
  };
}
