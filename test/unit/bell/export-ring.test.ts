import { describe, expect, it } from 'vitest';
import { exportMessage, parseExportRing } from '../../../lib/bell/export-ring.ts';

describe('exportMessage', () => {
  it('has one id for all batches of a window', () => {
    expect(exportMessage({ export: 'crm' }, { windowSeconds: 300, window: 5_934_384 })).toEqual({
      body: '{"export":"crm"}',
      groupId: 'crm',
      deduplicationId: '300/5934384/crm',
    });
  });

  it('has the id of the message that asked for it, so that a message delivered twice starts one export', () => {
    const messageId = '5fea7756-0ea4-451a-a703-a558b933e274';

    expect(exportMessage({ export: 'crm' }, { messageId }).deduplicationId).toBe(`${messageId}/crm`);
  });

  it('stays within what SQS takes for a name of any length', () => {
    const { groupId, deduplicationId } = exportMessage({ export: 'ä'.repeat(200) }, { messageId: 'x' });

    expect([groupId, deduplicationId].every((id) => /^[\x21-\x7e]{1,128}$/.test(id))).toBe(true);
  });
});

describe('parseExportRing', () => {
  it('reads the message back', () => {
    expect(parseExportRing('{"export":"crm"}')).toEqual({ export: 'crm' });
  });

  it.each(['', 'null', '{"export":""}', '{"table":"crm"}'])('refuses %j', (body) => {
    expect(() => parseExportRing(body)).toThrow(expect.objectContaining({ code: 'RING_UNREADABLE' }));
  });
});
