import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  HttpStatus,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, type Observable, of } from 'rxjs';
import { DomainError } from '../../../common/domain-error.js';

/**
 * Redirects a read of an artist that was merged to the one that it was merged into. The location is a path, made from
 * the route and the validated query: `Host` and the rest of the URL play no part.
 */
@Injectable()
class MergedArtistInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      catchError((error: unknown) => {
        if (!(error instanceof DomainError) || error.successorId === undefined) throw error;
        void reply.status(HttpStatus.PERMANENT_REDIRECT).header('location', locationOf(request, error.successorId));
        return of(undefined);
      }),
    );
  }
}

function locationOf({ routeOptions, query }: FastifyRequest, id: string): string {
  const path = (routeOptions.url ?? '').replace(':id', id);
  const search = new URLSearchParams(query as Record<string, string>).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** A read that follows merges: 308 with the path of the other artist. */
export const FollowsMerges = (): MethodDecorator =>
  applyDecorators(
    UseInterceptors(new MergedArtistInterceptor()),
    ApiResponse({
      status: HttpStatus.PERMANENT_REDIRECT,
      description: 'The artist was merged into another one.',
      headers: { Location: { description: 'The path of that artist.', schema: { type: 'string' } } },
    }),
  );
