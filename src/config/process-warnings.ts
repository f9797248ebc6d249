import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';

/**
 * Logs the warnings of Node.js and of libraries, such as that of `pg` about `sslmode=require`, as lines like all others.
 * Node.js writes them as text to standard error. With `--no-warnings` none is logged either.
 */
export function logProcessWarnings(logger: Logger, process: EventEmitter): void {
  if (process.listenerCount('warning') === 0) return;
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message, code }: NodeJS.ErrnoException) => {
    logger.warn({ warning: name, ...(code !== undefined && { code }) }, message);
  });
}
