import { describe, expect, it } from 'vitest';
import { TerminalError, toPipelineError, TransientError } from '../../../lib/errors.ts';
import { tellFailure } from '../../../lib/functions/tell-failure.ts';

function lines() {
  const seen: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const log =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      seen.push({ level, message, fields });
    };
  return { seen, logger: { info: log('info'), warn: log('warn'), error: log('error') } };
}

describe('tellFailure', () => {
  it('warns of what trying again may mend, without a stack', () => {
    const { seen, logger } = lines();

    tellFailure(
      logger,
      'ingest',
      new TransientError('TABLE_BUSY', 'Try again.', { context: { table: 'a' } }),
      {
        messageId: 'm',
      },
    );

    expect(seen).toEqual([
      {
        level: 'warn',
        message: 'could not ingest; it is tried again',
        fields: { messageId: 'm', code: 'TABLE_BUSY', reason: 'Try again.', context: { table: 'a' } },
      },
    ]);
  });

  it('tells of what a person has to mend, and where it came from, but nothing that a cause says', () => {
    const { seen, logger } = lines();
    const cause = new TypeError("value 'topsecret' of a row\n    is two lines");

    tellFailure(logger, 'ingest', new TerminalError('X', 'Mend it.', { cause }));

    expect(seen).toEqual([
      {
        level: 'error',
        message: 'could not ingest',
        fields: {
          code: 'X',
          reason: 'Mend it.',
          context: {},
          stack: expect.arrayContaining([expect.stringMatching(/^at .*tell-failure\.test\.ts/)]),
          cause: 'TypeError',
          causeStack: expect.arrayContaining([expect.stringMatching(/^at .*tell-failure\.test\.ts/)]),
        },
      },
    ]);
    expect(JSON.stringify(seen)).not.toContain('topsecret');
  });

  it('warns where there is nothing above a warning', () => {
    const { seen, logger } = lines();

    tellFailure({ info: logger.info, warn: logger.warn }, 'ingest', toPipelineError('thrown text'));

    expect(seen).toMatchObject([{ level: 'warn', fields: { code: 'UNEXPECTED' } }]);
  });
});
