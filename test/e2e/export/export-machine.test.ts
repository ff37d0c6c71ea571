import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eraseTargets } from '../../../lib/export/erase-targets.ts';
import { openTarget } from '../../../lib/export/run-export.ts';
import { planShared, type SharedTableRun } from '../../../lib/export/share-export.ts';
import { exportStep, type ExportStep, isExportStep } from '../../../lib/functions/export-step.ts';
import type { FunctionScope } from '../../../lib/functions/function-scope.ts';
import { forStep } from '../../../lib/functions/step-error.ts';
import { eraseKey } from '../../../lib/operations/erase.ts';
import { Bell } from '../../../lib/infra/ingestion-bell.ts';
import { SnapshotExport } from '../../../lib/infra/snapshot-export.ts';
import { cloudConfig } from '../../helpers/cloud-config.ts';
import { definitionOf, type Ending, type Machine, runMachine } from '../../helpers/state-machine.ts';
import { type ExportLab, openExportLab } from '../../unit/functions/export-lab.ts';
import { synthesized, testStack } from '../../synth/synth-stack.ts';
import { readEverything } from './harness.ts';

const ASKED = { export: 'crm', table: 'customer' };
let executions = 0;
const AMPLE = () => 900_000;

/** Something that happens before a step; what it throws the step throws. */
type Meanwhile = (step: ExportStep, times: number) => Promise<void>;

describe('the state machine of an export, as it is deployed', () => {
  let machine: Machine;
  let lab: ExportLab;
  beforeAll(() => {
    const stack = testStack();
    const config = cloudConfig();
    const bell = new Bell(stack, 'Bell', { config });
    new SnapshotExport(stack, 'Exports', { bell, config, exports: [{ name: 'crm' }], secrets: [] });
    machine = definitionOf(synthesized(stack));
  }, 60_000);
  afterEach(() => lab.close());

  /** Runs it against the function; returns how it ended and the steps that were done. */
  async function execute(
    meanwhile: Meanwhile = async () => {},
    scope: FunctionScope = lab.scope,
  ): Promise<{ ending: Ending; steps: string[] }> {
    const steps: string[] = [];
    executions += 1;
    const ending = await runMachine(
      machine,
      { name: `execution-${executions}`, input: ASKED },
      async (payload) => {
        if (!isExportStep(payload)) throw new TypeError('no step');
        steps.push(payload.step);
        await meanwhile(payload, steps.filter((step) => step === payload.step).length);
        return forStep(() => exportStep(scope, payload, AMPLE));
      },
    );
    return { ending, steps };
  }
  const killed = (): Error => Object.assign(new Error('Task timed out'), { name: 'Sandbox.Timedout' });
  const staging = async () =>
    (await readEverything(lab.database)).filter((one) => one.includes('_tidemark_stage'));

  it('plans, loads and publishes, and tells metrics and ledger', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1', '2');

    expect(await execute()).toEqual({ ending: { status: 'SUCCEEDED' }, steps: ['plan', 'load', 'publish'] });

    expect(await lab.sentIds('customer')).toEqual(['1', '2']);
    expect(lab.samples).toEqual(['ExportSeconds/crm 0', 'ExportRows/crm 2', 'ExportFailures/crm 0']);
    expect(await lab.ws.ledger.unsent([{ export: 'crm', table: 'customer' }])).toEqual([]);
    expect(await staging()).toEqual([]);
  });

  it('sends changes alone where the target has the rest', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    await execute();
    await lab.ingest('customer', '2');

    const runs: SharedTableRun[] = [];
    await execute(async (step) => void (step.step === 'load' && runs.push(step.run)));

    expect(runs.map(({ rows }) => rows)).toEqual([{ mode: 'delta', after: '1' }]);
    expect(await lab.sentIds('customer')).toEqual(['1', '2']);
    expect(lab.samples).toContain('ExportRows/crm 1');
  });

  it('does a step again whose function was killed, before it did anything or after', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    const { ending, steps } = await execute(async (step, times) => {
      if (times === 1) {
        await exportStep(lab.scope, step, AMPLE);
        throw killed();
      }
      if (times === 2) throw killed();
    });

    expect(ending).toEqual({ status: 'SUCCEEDED' });
    expect(steps.join(' ')).toBe('plan plan plan load load load publish publish publish');
    expect(await lab.sentIds('customer')).toEqual(['1']);
    expect(await staging()).toEqual([]);
  });

  it('leaves the target as it was when a step fails for good, and says so once', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    const before = await readEverything(lab.database);
    const nul = {
      ...lab.scope,
      workspace: async () => ({
        ...lab.ws,
        engine: {
          ...lab.ws.engine,
          async *stream() {
            yield [['a\u0000b']];
          },
        },
      }),
    };
    const { ending, steps } = await execute(undefined, nul);

    expect(ending).toMatchObject({ status: 'FAILED', error: 'TerminalError' });
    expect(steps).toEqual(['plan', 'load', 'abort']);
    expect(await readEverything(lab.database)).toEqual(before);
    expect(lab.samples).toEqual(['ExportFailures/crm 1']);
    expect(lab.lines.at(-1)).toMatchObject({
      level: 'error',
      fields: { export: 'crm', table: 'customer', run: `execution-${executions}`, code: 'TEXT_HAS_NUL' },
    });
    expect(lab.sent('bell')).toEqual([]);
  });

  it('gives up in the end on a step that always fails for a while, and says so', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    const before = await readEverything(lab.database);
    const { ending, steps } = await execute(async ({ step }) => {
      if (step === 'publish') throw killed();
    });

    expect(ending).toMatchObject({ status: 'FAILED', error: 'Sandbox.Timedout' });
    expect(steps.filter((step) => step === 'publish')).toHaveLength(9);
    expect(steps.at(-1)).toBe('abort');
    expect(await readEverything(lab.database)).toEqual(before);
    expect(lab.samples).toEqual(['ExportFailures/crm 1']);
  });

  it.each([
    ['everywhere', 'EXPORT_LOST', []],
    ['from the history so far', 'EXPORT_OUTDATED', ['1']],
  ])(
    'publishes nothing when a key was erased %s meanwhile, and asks for the export again',
    async (where, code, left) => {
      lab = await openExportLab();
      await lab.ingest('customer', '1');
      await execute();
      await lab.ingest('customer', '2');
      const { ending, steps } = await execute(async ({ step }) => {
        if (step !== 'publish') return;
        const table = lab.ws.table('customer');
        const targets = where === 'everywhere' ? eraseTargets(lab.ws, table) : async () => {};
        await eraseKey(lab.ws, table, { id: '1' }, targets);
      });

      expect(ending).toMatchObject({ status: 'FAILED', error: 'TerminalError' });
      expect(ending).toMatchObject({ cause: expect.stringContaining(`"${code}: `) as string });
      expect(steps).toEqual(['plan', 'load', 'publish', 'abort']);
      expect(await lab.sentIds('customer')).toEqual(left);
      expect(await staging()).toEqual([]);
      expect(lab.sent('bell')).toHaveLength(1);
      expect(lab.samples).toEqual([]);
    },
  );

  it('has nothing to do for a table without history', async () => {
    lab = await openExportLab();

    expect(await execute()).toEqual({ ending: { status: 'SUCCEEDED' }, steps: ['plan'] });
    expect(lab.samples).toEqual([]);
  });

  it('leaves the table to another execution that sends it, and asks again later', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    const settings = lab.ws.config.exports[0]!;
    const target = await openTarget(lab.ws, settings);
    await planShared({ ws: lab.ws, settings, target, table: lab.ws.table('customer') }, 'another');
    await target.close();

    expect(await execute()).toEqual({ ending: { status: 'SUCCEEDED' }, steps: ['plan'] });
    expect(lab.sent('bell')).toHaveLength(1);
  });

  it('ends well and clears up when the target holds a newer batch by then', async () => {
    lab = await openExportLab({}, { mode: 'full' });
    await lab.ingest('customer', '1');
    await execute();
    lab.samples.splice(0);
    const { ending } = await execute(async ({ step }) => {
      if (step === 'publish') await lab.database.query('update shop._tidemark_watermarks set batch_id = 99');
    });

    expect(ending).toEqual({ status: 'SUCCEEDED' });
    expect(lab.samples).toEqual(['ExportFailures/crm 0']);
    expect(await staging()).toEqual([]);
  });

  it('ends although what was staged cannot be cleared away, which the next export does', async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
    let unreachable = false;
    const scope: FunctionScope = {
      ...lab.scope,
      workspace: async () => {
        if (unreachable) throw new TypeError('nobody there');
        return lab.ws;
      },
    };
    const { ending, steps } = await execute(async ({ step }) => {
      unreachable = step === 'publish' || step === 'abort';
    }, scope);

    expect(ending).toMatchObject({ status: 'FAILED', error: 'TerminalError' });
    expect(steps.at(-1)).toBe('abort');
    expect(lab.samples).toEqual(['ExportFailures/crm 1']);
    expect(await lab.sentIds('customer')).toBeNull();
  });
});

describe('a plan', () => {
  let lab: ExportLab;
  beforeAll(async () => {
    lab = await openExportLab();
    await lab.ingest('customer', '1');
  });
  afterAll(() => lab.close());

  it('fits into what Step Functions carries, also for the widest table that Postgres has', async () => {
    const answer = await exportStep(lab.scope, { step: 'plan', runId: 'crm-customer-1', ...ASKED }, AMPLE);
    if (!('run' in answer)) throw new Error('no plan');
    const columns = Array.from({ length: 1600 }, (_, at) => ({
      name: String(at).padEnd(63, 'x'),
      type: { kind: 'decimal', precision: 38, scale: 18 } as const,
    }));
    const parts = Array.from({ length: 200 }, (_, part) => part);
    const widest = JSON.stringify({ ...ASKED, plan: { ...answer, run: { ...answer.run, columns }, parts } });

    expect(Buffer.byteLength(widest)).toBeLessThan(250_000);
  });

  it('holds no value of a row', async () => {
    const answer = await exportStep(lab.scope, { step: 'plan', runId: 'crm-customer-1', ...ASKED }, AMPLE);

    expect(answer).toEqual({
      done: false,
      parts: [0],
      connections: 4,
      run: {
        id: 'crm-customer-1',
        parts: 1,
        beganAt: '2026-05-01T12:00:00.000000Z',
        export: 'crm',
        table: 'customer',
        targetSchema: 'shop',
        targetTable: 'customer',
        asOf: null,
        rows: { mode: 'full', reason: 'the target has no watermark yet', impossibleBatch: null },
        relation: '"main"."customer"',
        columns: [{ name: 'id', type: { kind: 'string' } }],
        historyId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        configHash: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        batchId: '1',
        erasures: 0,
      },
    });
  });
});
