import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { Observable } from 'rxjs';
import { DomainError } from '../../common/domain-error.js';

export const JSON_MEDIA_TYPE = 'application/json';

/** The media type that the Accept header prefers, the first by default; undefined if it accepts none of them. */
export function negotiate(accept: string | undefined, mediaTypes: readonly string[]): string | undefined {
  // An empty header counts as absent. All responses are UTF-8, so a charset excludes none. Negotiator takes time
  // quadratic in the commas of a quoted string, and the media types here have no parameter to quote.
  const accepted = (accept || '*/*').replace(/;\s*charset=[^;,]*/gi, '').replace(/"[^"]*"?/g, 'quoted');
  return new Negotiator({ headers: { accept: accepted } }).mediaType([...mediaTypes]);
}

export function notAcceptable(mediaTypes: readonly string[]): DomainError {
  return new DomainError('not_acceptable', { message: `The Accept header must allow ${mediaTypes.join(' or ')}` });
}

/** Sets the media type of the response according to the Accept header. */
@Injectable()
export class MediaTypeInterceptor implements NestInterceptor {
  constructor(private readonly mediaTypes: readonly string[]) {}

  /** @throws DomainError `not_acceptable` */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const mediaType = negotiate(headers.accept, this.mediaTypes);
    if (mediaType === undefined) {
      throw notAcceptable(this.mediaTypes);
    }
    void context.switchToHttp().getResponse<FastifyReply>().type(`${mediaType}; charset=utf-8`);
    return next.handle();
  }
}
