import type { Station } from '../cloud/aws-front.ts';

/**
 * Holds copies to their conditions, as S3 does and moto does not: `If-None-Match` on the target of a copy and
 * `x-amz-copy-source-if-match` on its source, of whole objects and of parts.
 */
export const copyConditions: Station = async (asked, onward) => {
  const source = asked.headers['x-amz-copy-source'];
  if (asked.method !== 'PUT' || typeof source !== 'string') return await onward(asked);
  const { host, authorization } = asked.headers;
  const look = async (url: string) =>
    await onward({ ...asked, method: 'HEAD', url, headers: { host, authorization }, body: Buffer.alloc(0) });
  const wanted = asked.headers['x-amz-copy-source-if-match'];
  if (wanted !== undefined) {
    const there = await look(`/${source.replace(/^\//, '')}`);
    if (there?.status === 200 && there.headers.etag !== wanted) return REFUSED;
  }
  if (asked.headers['if-none-match'] === '*' && (await look(asked.url.replace(/\?.*/, '')))?.status === 200) {
    return REFUSED;
  }
  return await onward(asked);
};

const REFUSED = {
  status: 412,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    '<Error><Code>PreconditionFailed</Code><Message>A condition did not hold.</Message></Error>',
  ),
};
