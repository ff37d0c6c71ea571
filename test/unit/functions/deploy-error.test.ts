import { describe, expect, it } from 'vitest';
import { TerminalError } from '../../../lib/errors.ts';
import { fitReason, forDeploy, toDeployError } from '../../../lib/functions/deploy-error.ts';

/** The answer that the provider framework of the CDK makes of an error: message, log, and the stack's further lines. */
function answerOf({ message, stack = '' }: Error): string {
  const trace = stack.split('\n').slice(1);
  const reason = [message, '', `Logs: /aws/lambda/${'f'.repeat(64)}`, '', ...trace].join('\n');
  const arn = `arn:aws:cloudformation:eu-central-1:123456789012:stack/${'s'.repeat(128)}/${'0'.repeat(36)}`;
  const ids = {
    RequestId: '0'.repeat(36),
    PhysicalResourceId: 'p'.repeat(300),
    LogicalResourceId: 'l'.repeat(255),
  };
  return JSON.stringify({ Status: 'FAILED', Reason: reason, StackId: arn, ...ids });
}

describe('toDeployError', () => {
  it('says what is wrong and by which code it is looked up', () => {
    const error = toDeployError(new TerminalError('X', 'Do this.'));

    expect({ name: error.name, message: error.message, stack: error.stack }).toEqual({
      name: 'TerminalError',
      message: 'Do this. (X)',
      stack: 'TerminalError: Do this. (X)',
    });
  });

  it.each(['a', 'ü', '"', '\n', '\u0001', '😀', 'grant select on `a` to `b`;\n'])(
    'makes an answer that CloudFormation takes, whatever is repeated: %j',
    (piece) => {
      const error = toDeployError(new TerminalError('X', piece.repeat(20_000)));

      expect(Buffer.byteLength(answerOf(error))).toBeLessThan(4096);
      expect(error.message.startsWith(piece)).toBe(true);
    },
  );
});

describe('forDeploy', () => {
  it('answers what it is given to answer', async () => {
    expect(await forDeploy(async () => ({ IsComplete: true }))).toEqual({ IsComplete: true });
  });

  it('tells of what nobody foresaw, too', async () => {
    const failed = forDeploy(() => Promise.reject(new TypeError('cannot read')));

    await expect(failed).rejects.toThrow(
      'Something went wrong that nobody foresaw: cannot read (UNEXPECTED)',
    );
  });
});

describe('fitReason', () => {
  it('leaves alone what fits', () => {
    expect(fitReason('short')).toBe('short');
  });

  it('cuts no character in two', () => {
    expect(fitReason('😀'.repeat(100), 70)).toMatch(/^(😀)+ … \(the rest is in the log of the function\)$/u);
  });
});
