import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { TransientError } from '../errors.ts';
import { clientSettings } from './client-settings.ts';
import type { DmsSender } from './dms-client.ts';

/** The SDK's client, with timeouts and retries. Region, credentials and endpoint come from the environment. */
export function connectDms(): DatabaseMigrationServiceClient {
  return new DatabaseMigrationServiceClient(clientSettings());
}

/**
 * The client for one call of a function: a request that would outlast it is broken off while there is time to say so,
 * and none begins after that. Throws `TransientError` DMS_UNAVAILABLE then; DMS may have carried the request out.
 *
 * @param timeLeft milliseconds until requests must be over
 */
export function withinTime(client: DmsSender, timeLeft: () => number): DmsSender {
  const send = async (command: Parameters<DmsSender['send']>[0]): Promise<unknown> => {
    const left = timeLeft();
    if (left <= 0) throw outOfTime();
    const signal = AbortSignal.timeout(left);
    try {
      return await client.send(command, { abortSignal: signal });
    } catch (error) {
      throw signal.aborted ? outOfTime(error) : error;
    }
  };
  return { send: send as DmsSender['send'] };
}

function outOfTime(cause?: unknown): TransientError {
  const message = 'DMS did not answer in the time that there was. It is asked again.';
  return new TransientError('DMS_UNAVAILABLE', message, cause === undefined ? {} : { cause });
}
