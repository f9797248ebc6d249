import type { Logger } from '@nestjs/common';
import { requestContext } from '../../common/request-context.js';
import { toDomainError } from './to-domain-error.js';

/**
 * Logs what ended a response that has begun, which no filter sees: as an error where it has a cause in the server, and
 * at debug level otherwise.
 */
export function logFailure(logger: Logger, msg: string, failure: unknown): void {
  const { code, cause } = toDomainError(failure);
  const line = { msg, requestId: requestContext.getStore()?.requestId, code };
  if (cause === undefined) logger.debug(line);
  else logger.error({ ...line, err: cause });
}
