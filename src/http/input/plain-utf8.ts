import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';

/** Whether a body is labelled neither as compressed nor as another encoding than UTF-8. */
export function isPlainUtf8({ headers }: FastifyRequest): boolean {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  return encoding === 'identity' && /^utf-?8$/i.test(charset);
}

/** @throws DomainError `unsupported_media_type` unless {@link isPlainUtf8} */
export function assertPlainUtf8(request: FastifyRequest): void {
  if (!isPlainUtf8(request)) throw new DomainError('unsupported_media_type');
}
