import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { Observable } from 'rxjs';
import { DomainError } from '../../common/domain-error.js';

export const JSON_MEDIA_TYPE = 'application/json';

/** What the Accept header asks for of what there is, the first by default; undefined when it will have none of it. */
export function negotiate(accept: string | undefined, mediaTypes: readonly string[]): string | undefined {
  // An empty one asks for nothing in particular, like none. Everything here is UTF-8, so asking for a charset narrows nothing.
  const asked = (accept || '*/*').replace(/\s*;\s*charset=[^;,]*/gi, '');
  return new Negotiator({ headers: { accept: asked } }).mediaType([...mediaTypes]);
}

/** Answers in the media type that is asked for. */
@Injectable()
export class MediaTypeInterceptor implements NestInterceptor {
  constructor(private readonly mediaTypes: readonly string[]) {}

  /** @throws DomainError `not_acceptable` */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const mediaType = negotiate(headers.accept, this.mediaTypes);
    if (mediaType === undefined) {
      throw new DomainError('not_acceptable', `This can be answered as ${this.mediaTypes.join(' or ')}`);
    }
    void context.switchToHttp().getResponse<FastifyReply>().type(`${mediaType}; charset=utf-8`);
    return next.handle();
  }
}
