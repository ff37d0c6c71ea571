import { HeadObjectCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { TransientError } from '../../lib/errors.ts';
import type { FileStore, Place, StoredFile } from '../../lib/ports.ts';
import { type AwsFront, type AwsReply, type AwsRequest, startAwsFront } from '../cloud/aws-front.ts';
import { copyConditions } from '../helpers/aws-conditions.ts';
import { describeWithMoto } from '../helpers/describe-with-moto.ts';
import { motoS3 } from '../helpers/moto.ts';
import {
  BUCKET,
  bucketStore,
  getObject,
  getTags,
  makeBucket,
  objectAt,
  putInParts,
  putObject,
} from '../helpers/s3-bucket.ts';
import { startTcpProxy } from '../helpers/tcp-proxy.ts';

const IN_PARTS = { sizes: { wholeBytes: 0, partBytes: 4 } };
const KEY_ARN = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000';

describeWithMoto('createS3FileStore', (moto) => {
  /** What a request meets on its way: an answer in place of S3's, null for a cut connection, nothing to pass. */
  let onTheWay: (asked: AwsRequest) => Promise<AwsReply | null | undefined> | AwsReply | null | undefined;
  let front: AwsFront;
  /** Asks S3 itself. */
  let direct: S3Client;
  /** Goes the way that faults are on. */
  let client: S3Client;
  let store: FileStore;

  beforeAll(async () => {
    front = await startAwsFront(moto().endpoint, [
      async (asked, onward) => {
        const answer = await onTheWay(asked);
        return answer === undefined ? await onward(asked) : answer;
      },
      copyConditions,
    ]);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', front.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', moto().credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', moto().credentials.secretAccessKey);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await front.close();
  });

  beforeEach(async () => {
    onTheWay = () => undefined;
    direct = motoS3(moto());
    client = createS3Client('eu-central-1');
    store = bucketStore(client);
    await makeBucket(direct);
  });
  afterEach(() => {
    direct.destroy();
    client.destroy();
  });

  const paths = async (place: Place): Promise<string[]> => {
    const all: string[] = [];
    for await (const { path } of store.list(place)) all.push(path);
    return all.sort();
  };
  const identified = async (place: Place, path: string): Promise<StoredFile> => {
    for await (const file of store.list(place)) if (file.path === path) return store.identify(place, file);
    throw new Error(`${path} is not listed`);
  };
  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'none',
      (error) => error,
    );

  /** Does `work` when a request of this kind first comes by, before it goes on. */
  const before = (isIt: (asked: AwsRequest) => boolean, work: () => Promise<void>): void => {
    let done = false;
    onTheWay = async (asked) => {
      if (done || !isIt(asked)) return undefined;
      done = true;
      await work();
      return undefined;
    };
  };
  const isCopy = ({ headers }: AwsRequest): boolean => headers['x-amz-copy-source'] !== undefined;
  const isCompletion = ({ method, url }: AwsRequest): boolean =>
    method === 'POST' && url.includes('uploadId=');
  const isRemoval = ({ method }: AwsRequest): boolean => method === 'DELETE';

  for (const [way, options] of [
    ['in one request', {}],
    ['in parts', IN_PARTS],
  ] as const) {
    it(`keeps type, metadata, tags and key of a file copied ${way}, and tags it with its place`, async () => {
      await putObject(direct, 'incoming', 'a.parquet', 'content', {
        ContentType: 'application/x-parquet',
        CacheControl: 'no-cache',
        Metadata: { task: 'erp load' },
        Tagging: 'team=sales+%2B%20ops%3D1&empty=',
        StorageClass: 'STANDARD_IA',
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: KEY_ARN,
        BucketKeyEnabled: true,
      });
      store = bucketStore(client, options);
      const file = await identified('incoming', 'a.parquet');

      await store.move('incoming', file, 'processed', '17/a.parquet');

      expect(await direct.send(new HeadObjectCommand(objectAt('processed', '17/a.parquet')))).toMatchObject({
        ContentType: 'application/x-parquet',
        CacheControl: 'no-cache',
        Metadata: { task: 'erp load', 'tidemark-version': file.version },
        StorageClass: 'STANDARD_IA',
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: KEY_ARN,
      });
      expect(await getTags(direct, 'processed', '17/a.parquet')).toEqual({
        team: 'sales + ops=1',
        empty: '',
        'tidemark-place': 'processed',
      });
    });
  }

  it('takes the tag of a place away from a file that comes back', async () => {
    await putObject(direct, 'rejected', 'a', 'content', { Tagging: 'tidemark-place=rejected&team=sales' });

    await store.move('rejected', await identified('rejected', 'a'), 'incoming', 'a');

    expect(await getTags(direct, 'incoming', 'a')).toEqual({ team: 'sales' });
  });

  it('knows a file by one version wherever it is moved, whatever etags its copies get', async () => {
    await putInParts(direct, 'incoming', 'a', 'content');
    const file = await identified('incoming', 'a');
    await store.move('incoming', file, 'rejected', 'a');
    const rejected = await identified('rejected', 'a');
    store = bucketStore(client, IN_PARTS);
    await store.move('rejected', rejected, 'incoming', 'a');
    const back = await identified('incoming', 'a');
    await putObject(direct, 'incoming', 'a', 'another');
    const another = await identified('incoming', 'a');

    expect([rejected.version, back.version]).toEqual([file.version, file.version]);
    expect(another.version).not.toBe(file.version);
  });

  it('finishes a move whose removal failed, without a second copy', async () => {
    await putInParts(direct, 'incoming', 'a', 'content');
    const file = await identified('incoming', 'a');
    onTheWay = (asked) => (isRemoval(asked) ? denied : undefined);
    const error = await failure(store.move('incoming', file, 'processed', '17/a'));
    const between = [await paths('incoming'), await paths('processed')];
    onTheWay = () => undefined;

    const path = await store.move('incoming', file, 'processed', '17/a');

    expect(error).toMatchObject({ code: 'FILE_ACCESS_DENIED' });
    expect(between).toEqual([['a'], ['17/a']]);
    expect(path).toBe('17/a');
    expect([await paths('incoming'), await paths('processed')]).toEqual([[], ['17/a']]);
  });

  it('leaves a file alone that is replaced between copy and removal, and keeps both contents', async () => {
    await putObject(direct, 'incoming', 'a', 'older');
    const file = await identified('incoming', 'a');
    before(isRemoval, () => putObject(direct, 'incoming', 'a', 'newer'));

    const error = await failure(store.move('incoming', file, 'processed', '17/a'));

    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: 'FILE_CHANGED' });
    expect([await getObject(direct, 'incoming', 'a'), await getObject(direct, 'processed', '17/a')]).toEqual([
      'newer',
      'older',
    ]);
  });

  for (const [way, options] of [
    ['in one request', {}],
    ['in parts', IN_PARTS],
  ] as const) {
    it(`copies nothing of a file that is replaced just before it is copied ${way}`, async () => {
      await putObject(direct, 'incoming', 'a', 'older');
      store = bucketStore(client, options);
      const file = await identified('incoming', 'a');
      before(isCopy, () => putObject(direct, 'incoming', 'a', 'newer'));

      const error = await failure(store.move('incoming', file, 'processed', '17/a'));

      expect(error).toMatchObject({ code: 'FILE_CHANGED' });
      expect([await getObject(direct, 'incoming', 'a'), await paths('processed')]).toEqual(['newer', []]);
    });

    it(`never overwrites what appears at the target just before it is copied ${way}`, async () => {
      await putObject(direct, 'incoming', 'a.parquet', 'ours!');
      store = bucketStore(client, options);
      const file = await identified('incoming', 'a.parquet');
      const isLast = way === 'in parts' ? isCompletion : isCopy;
      before(isLast, () => putObject(direct, 'processed', '17/a.parquet', 'other'));

      const path = await store.move('incoming', file, 'processed', '17/a.parquet');

      expect(path).toBe('17/a~2.parquet');
      expect(await getObject(direct, 'processed', '17/a.parquet')).toBe('other');
      expect(await getObject(direct, 'processed', '17/a~2.parquet')).toBe('ours!');
      expect(await paths('incoming')).toEqual([]);
    });
  }

  it('moves a file once when two do it at the same time', async () => {
    for (let i = 0; i < 8; i += 1) await putInParts(direct, 'incoming', `f${i}`, `content ${i}`);
    const files = await Promise.all((await paths('incoming')).map((path) => identified('incoming', path)));
    const moveAll = () =>
      Promise.all(files.map((file) => store.move('incoming', file, 'processed', `17/${file.path}`)));

    const [one, two] = await Promise.all([moveAll(), moveAll()]);

    const expected = files.map(({ path }) => `17/${path}`);
    expect([one, two, await paths('processed'), await paths('incoming')]).toEqual([
      expected,
      expected,
      expected,
      [],
    ]);
  });

  it('removes the parts of a copy that failed, and leaves the file where it was', async () => {
    await putObject(direct, 'incoming', 'a', 'content in four parts');
    store = bucketStore(client, IN_PARTS);
    const file = await identified('incoming', 'a');
    onTheWay = ({ url }) => (url.includes('partNumber=3') ? denied : undefined);

    const error = await failure(store.move('incoming', file, 'processed', '17/a'));

    const { Uploads: uploads = [] } = await direct.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    expect(error).toMatchObject({ code: 'FILE_ACCESS_DENIED' });
    expect([uploads, await paths('incoming'), await paths('processed')]).toEqual([[], ['a'], []]);
  });

  it('copies a file of many parts byte for byte', async () => {
    const content = Array.from({ length: 997 }, (_, i) => i.toString(36)).join(',');
    await putObject(direct, 'incoming', 'a', content);
    store = bucketStore(client, { sizes: { wholeBytes: 100, partBytes: 101 } });

    await store.move('incoming', await identified('incoming', 'a'), 'processed', 'a');

    expect(await getObject(direct, 'processed', 'a')).toBe(content);
  });

  it('goes on after S3 asked for less, failed, or cut the connection', async () => {
    await putObject(direct, 'incoming', 'a', 'content');
    const file = await identified('incoming', 'a');
    const met = new Map<string, number>();
    onTheWay = ({ method, url, headers }) => {
      const kind = `${method} ${url} ${headers['x-amz-copy-source'] ?? ''}`;
      const times = met.get(kind) ?? 0;
      met.set(kind, times + 1);
      return [slowDown, internalError, null][times];
    };

    const path = await store.move('incoming', file, 'processed', '17/a');

    expect(path).toBe('17/a');
    expect(await getObject(direct, 'processed', '17/a')).toBe('content');
    expect(await getObject(direct, 'incoming', 'a')).toBeNull();
  });

  it.each([
    ['its tags are read', ({ url }: AwsRequest) => url.includes('tagging')],
    ['it is copied', isCopy],
    ['it is removed', isRemoval],
  ])('is done when somebody else finishes the same move just before %s', async (_, isNext) => {
    await putObject(direct, 'incoming', 'a', 'content');
    const file = await identified('incoming', 'a');
    before(isNext, () =>
      bucketStore(direct)
        .move('incoming', file, 'processed', '17/a')
        .then(() => {}),
    );

    expect(await store.move('incoming', file, 'processed', '17/a')).toBe('17/a');
    expect([await paths('incoming'), await paths('processed')]).toEqual([[], ['17/a']]);
  });

  it('reads a range again whose bytes broke off', async () => {
    await putObject(direct, 'incoming', 'a', 'x'.repeat(400_000));
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(moto().endpoint).port) });
    let bytesLeft = 100_000;
    proxy.rules = {
      onReply: (bytes, connection) => {
        if (connection > 2) return 'pass';
        bytesLeft -= bytes.length;
        return bytesLeft > 0 ? 'pass' : 'cut';
      },
    };
    const shaky = motoS3({ ...moto(), endpoint: `http://127.0.0.1:${proxy.port}` });

    const bytes = await bucketStore(shaky).readRange('incoming', 'a', 10, 300_010);

    expect([bytes.length, bytesLeft < 0]).toEqual([300_000, true]);
    shaky.destroy();
    await proxy.close();
  });

  it('lists keys with every character that S3 takes, a page at a time', async () => {
    const hostile = [
      'carriage\rreturn',
      'tab\there',
      'bell\u0007',
      'a+b c%2Bd',
      '\u{1F30A}/ä ö',
      '&<>"\'',
      'back\\slash',
    ];
    for (const path of hostile) await putObject(direct, 'incoming', path, path);
    for (let i = 0; i < 150; i += 1) await putObject(direct, 'incoming', `n${i}`, '');

    const listed = await paths('incoming');
    const moved = [];
    for (const path of hostile) {
      moved.push(await store.move('incoming', await identified('incoming', path), 'processed', `17/${path}`));
    }

    expect(listed).toEqual([...hostile, ...Array.from({ length: 150 }, (_, i) => `n${i}`)].sort());
    expect(moved).toEqual(hostile.map((path) => `17/${path}`));
    expect(await paths('processed')).toEqual(moved.toSorted());
  });

  it('passes over markers of folders, and tells of keys that no path can name', async () => {
    const told: unknown[] = [];
    store = bucketStore(client, { logger: { warn: (_, fields) => void told.push(fields) } });
    for (const path of ['', '2026/', 'a//b', '/c', 'a/./b', 'a/../b', 'good']) {
      await putObject(direct, 'incoming', path, '');
    }

    expect(await paths('incoming')).toEqual(['good']);
    expect(told).toEqual([{ bucket: BUCKET, count: 2, first: 'land ing/dbo/customer_incoming//c' }]);
  });

  it('says that there is no such bucket', async () => {
    store = bucketStore(client, { bucket: 'not-there' });

    expect(await failure(paths('incoming'))).toMatchObject({
      code: 'BUCKET_MISSING',
      message: expect.stringContaining('s3://not-there/land ing/dbo/customer_incoming/'),
    });
  });
});

const slowDown: AwsReply = {
  status: 503,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
  ),
};

const internalError: AwsReply = {
  status: 500,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    '<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>',
  ),
};

const denied: AwsReply = {
  status: 403,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'),
};
