import { describe, expect, it, vi } from 'vitest';
import { faultsFromEnv } from '../../lib/faults.ts';
import { NO_FAULTS } from '../../lib/ports.ts';

describe('faultsFromEnv', () => {
  it('does nothing without the variable', () => {
    expect(faultsFromEnv({})).toBe(NO_FAULTS);
    expect(faultsFromEnv({ TIDEMARK_FAULT: '' })).toBe(NO_FAULTS);
  });

  it('kills the process the n-th time it passes the point, and goes no further', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const faults = faultsFromEnv({ TIDEMARK_FAULT: 'ingest.moved-one:2' });
    await faults.at('ingest.moved-one');
    await faults.at('ingest.merged');
    const before = kill.mock.calls.length;
    let wentOn = false;
    void faults.at('ingest.moved-one').then(() => {
      wentOn = true;
    });
    await new Promise((settle) => setTimeout(settle, 10));
    const calls = [...kill.mock.calls];
    kill.mockRestore();

    expect(before).toBe(0);
    expect(calls).toEqual([[process.pid, 'SIGKILL']]);
    expect(wentOn).toBe(false);
  });

  it.each(['x:0', 'x:', ':1', 'x:1:2', 'x y', 'X', 'x:-1'])('refuses %j', (text) => {
    expect(() => faultsFromEnv({ TIDEMARK_FAULT: text })).toThrowError(
      expect.objectContaining({ code: 'FAULT_INVALID' }),
    );
  });
});
