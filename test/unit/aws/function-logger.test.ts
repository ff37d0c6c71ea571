import { describe, expect, it, vi } from 'vitest';
import { createFunctionLogger, type FunctionLogger } from '../../../lib/aws/function-logger.ts';

/** The lines that `work` writes, parsed, without what differs from run to run. */
function written(work: (logger: FunctionLogger) => void): unknown[] {
  const spies = [process.stdout, process.stderr].map((out) => vi.spyOn(out, 'write').mockReturnValue(true));
  work(createFunctionLogger('shop'));
  const lines = spies.flatMap((spy) => spy.mock.calls.map(([line]) => JSON.parse(String(line))));
  for (const spy of spies) spy.mockRestore();
  return lines.map(({ timestamp, sampling_rate, ...line }) => {
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    return line;
  });
}

describe('createFunctionLogger', () => {
  it('writes one JSON object a line, with level, pipeline and the id of the call, without what is null', () => {
    const lines = written((logger) => {
      logger.beginCall('call-1');
      logger.info('ingested', { table: 'customer', batchId: 7n, rejected: 0, code: null });
      logger.beginCall('call-2');
      logger.info('ingested');
    });

    const same = { level: 'INFO', message: 'ingested', service: 'shop' };
    expect(lines).toEqual([
      { ...same, function_request_id: 'call-1', table: 'customer', batchId: '7', rejected: 0 },
      { ...same, function_request_id: 'call-2' },
    ]);
  });

  it('has three levels, and fields that the line has itself lose nothing', () => {
    const lines = written((logger) => {
      logger.warn('careful', { level: 'low', message: 'm', service: 's', timestamp: 't' });
      logger.error('mend this', { code: 'X' });
    });

    expect(lines).toEqual([
      {
        level: 'WARN',
        message: 'careful',
        service: 'shop',
        level_: 'low',
        message_: 'm',
        service_: 's',
        timestamp_: 't',
      },
      { level: 'ERROR', message: 'mend this', service: 'shop', code: 'X' },
    ]);
  });
});
