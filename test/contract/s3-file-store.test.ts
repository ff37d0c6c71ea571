import { afterAll, beforeAll } from 'vitest';
import { type AwsFront, startAwsFront } from '../cloud/aws-front.ts';
import { copyConditions } from '../helpers/aws-conditions.ts';
import { describeWithMoto } from '../helpers/describe-with-moto.ts';
import { motoS3 } from '../helpers/moto.ts';
import { bucketStore, getObject, makeBucket, putInParts, putObject } from '../helpers/s3-bucket.ts';
import { fileStoreContract } from './file-store-contract.ts';

const WAYS = [
  ['a bucket', {}, putObject, 1_234],
  [
    'a bucket, everything uploaded and copied in parts',
    { sizes: { wholeBytes: 0, partBytes: 3 } },
    putInParts,
    123,
  ],
] as const;

describeWithMoto('file stores in buckets', (moto) => {
  let front: AwsFront;
  beforeAll(async () => {
    front = await startAwsFront(moto().endpoint, [copyConditions]);
  });
  afterAll(() => front.close());

  for (const [name, options, put, manyFiles] of WAYS) {
    const create = async () => {
      const client = motoS3({ ...moto(), endpoint: front.endpoint });
      await makeBucket(client);
      return {
        store: bucketStore(client, options),
        seed: put.bind(null, client),
        peek: getObject.bind(null, client),
        dispose: async () => client.destroy(),
      };
    };
    fileStoreContract(name, create, manyFiles);
  }
});
