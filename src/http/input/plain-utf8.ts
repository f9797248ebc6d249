import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';

/**
 * Refuses a body that is labelled as compressed or as another encoding than UTF-8.
 * @throws DomainError `unsupported_media_type`
 */
export function assertPlainUtf8({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw new DomainError('unsupported_media_type');
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new DomainError('unsupported_media_type');
}
