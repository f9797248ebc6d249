import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError } from '../../common/domain-error.js';
import type { AccessDenials } from '../../modules/security-events/access-denials.js';
import type { AuthenticatedRequest } from '../../modules/auth/access/authenticated-request.js';
import { type Contract, contractOf } from './contract.js';
import { JSON_MEDIA_TYPE, negotiate } from './media-type.interceptor.js';
import type { RepeatedErrors } from './repeated-errors.js';
import { shownPath } from './shown-path.js';
import { toDomainError } from './to-domain-error.js';

/**
 * The only exception filter. It answers every error in the shape of the contract that the path belongs to. Errors of the
 * server are logged here, once, and never described to the client. Every 403 to a known principal is recorded, whether a
 * guard or a service refused it.
 */
@Catch()
export class ContractErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ContractErrorFilter.name);

  constructor(
    private readonly contracts: readonly Contract[],
    private readonly fallback: Contract,
    private readonly repeated: RepeatedErrors,
    private readonly denials: Pick<AccessDenials, 'record'>,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest & Pick<AuthenticatedRequest, 'principal'>>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = toDomainError(exception);
    const contract = contractOf(request.url, this.contracts, this.fallback);
    const { status, body } = contract.presentError(error);
    const mediaTypes = [JSON_MEDIA_TYPE, ...(contract.mediaTypes ?? [])];
    this.log(status, error, exception, request);
    if (status === 403 && request.principal) this.denials.record(request.principal, error.code);
    if (reply.sent || reply.raw.destroyed) return;
    void reply
      .status(status)
      .headers(errorHeaders(status, error))
      .header('cache-control', 'no-store')
      // Where none of the accepted media types is available, JSON is better than nothing.
      .type(`${negotiate(request.headers.accept, mediaTypes) ?? JSON_MEDIA_TYPE}; charset=utf-8`)
      .send(JSON.stringify(body));
  }

  private log(status: number, error: DomainError, exception: unknown, request: FastifyRequest): void {
    const path = shownPath(request.url);
    // Given explicitly, since a body that cannot be parsed fails outside of the request's context.
    const { id: requestId } = request;
    const line = { msg: 'Request failed', requestId, method: request.method, path, status, code: error.code };
    const isOutage = status === 503;
    // 501 is a missing setting, not a failure. Anyone may ask for it at any rate.
    const isFailure = status >= 500 && status !== 501;
    if (request.raw.destroyed && !request.raw.complete) this.logger.debug({ ...line, msg: 'The client disconnected' });
    else if (isOutage && !this.repeated.isFirst(error.code)) this.logger.debug(line);
    else if (error.code === 'overloaded') this.logger.warn(line);
    else if (isFailure) this.logger.error({ ...line, err: error.cause ?? exception });
    else this.logger.debug(line);
  }
}

/** RFC 6750 section 3 (WWW-Authenticate) and RFC 9110 section 10.2.3 (Retry-After). */
export function errorHeaders(status: number, error: DomainError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  if (status === 401) {
    const bad = error.code === 'invalid_token' || error.code === 'invalid_api_key';
    headers['www-authenticate'] = bad ? 'Bearer realm="stagedoor", error="invalid_token"' : 'Bearer realm="stagedoor"';
  }
  if (status === 403) headers['www-authenticate'] = 'Bearer realm="stagedoor", error="insufficient_scope"';
  return headers;
}
