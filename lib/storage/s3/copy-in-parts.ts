import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createLimit } from '../limit.ts';
import { COPY_TIMEOUT_MS, type S3Copy, type S3Objects } from './s3-objects.ts';

/** Parts that S3 lets an upload have. */
const MAX_PARTS = 10_000;

const PARTS_AT_ONCE = 8;

/**
 * Copies an object of any size but nothing, part by part, several at a time. What S3 does by itself for a copy in one
 * request is done by hand: properties, tags, encryption. False when a condition did not hold. When it fails the parts
 * are removed; those of a crash stay, unseen, until the bucket's rule for incomplete uploads removes them.
 *
 * @param partBytes at least; S3 takes parts of 5 MiB to 5 GiB
 */
export async function copyInParts(objects: S3Objects, copy: S3Copy, partBytes: number): Promise<boolean> {
  const { source, target, seen, tagging } = copy;
  return await objects.attempt('copy', `${objects.name(source)} to ${objects.name(target)}`, async () => {
    const create = { ...objects.at(target), ...seen.carried, Tagging: tagging };
    const { UploadId: id = '' } = await objects.client.send(new CreateMultipartUploadCommand(create));
    try {
      const parts = await copyParts(objects, copy, id, partBytes);
      const complete = {
        ...objects.at(target),
        UploadId: id,
        MultipartUpload: { Parts: parts },
        IfNoneMatch: '*',
      };
      const options = { requestTimeout: COPY_TIMEOUT_MS };
      await objects.client.send(new CompleteMultipartUploadCommand(complete), options);
    } catch (error) {
      const abort = new AbortMultipartUploadCommand({ ...objects.at(target), UploadId: id });
      await objects.client.send(abort).catch(() => {});
      throw error;
    }
  });
}

/** When one fails no other is begun, and its error is thrown once nothing is under way any more. */
async function copyParts(
  objects: S3Objects,
  { source, seen, target }: S3Copy,
  uploadId: string,
  partBytes: number,
): Promise<CompletedPart[]> {
  const limit = createLimit(PARTS_AT_ONCE);
  const failures: unknown[] = [];
  const copyPart = async (range: string, index: number): Promise<CompletedPart> => {
    const part = { UploadId: uploadId, PartNumber: index + 1, CopySourceRange: range };
    const from = { CopySource: objects.copySource(source), CopySourceIfMatch: seen.etag };
    const command = new UploadPartCopyCommand({ ...objects.at(target), ...from, ...part });
    const { CopyPartResult: result } = await objects.client.send(command, {
      requestTimeout: COPY_TIMEOUT_MS,
    });
    return { ...result, PartNumber: index + 1 };
  };
  const parts = await Promise.all(
    rangesOf(seen.size, partBytes).map((range, index) =>
      limit(async () => {
        if (failures.length > 0) return {};
        return await copyPart(range, index).catch((error: unknown) => {
          failures.push(error);
          return {};
        });
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return parts;
}

function rangesOf(size: number, partBytes: number): string[] {
  const step = Math.max(partBytes, Math.ceil(size / MAX_PARTS));
  return Array.from({ length: Math.ceil(size / step) }, (_, index) => {
    const start = index * step;
    return `bytes=${start}-${Math.min(start + step, size) - 1}`;
  });
}
