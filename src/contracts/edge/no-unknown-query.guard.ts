import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';

/**
 * Refuses a query where a route takes none, as the pipe refuses unknown names where it takes one: a typing error in a
 * filter must not bring the whole list.
 */
@Injectable()
export class NoUnknownQueryGuard implements CanActivate {
  private readonly takesQuery = new WeakMap<object, boolean>();

  /** @throws DomainError `invalid_request` */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const [first] = Object.keys(request.query as object);
    if (first === undefined || this.handlerTakesQuery(context)) return true;
    const field = first.slice(0, 100).toWellFormed();
    const message = `${field} is not a known query parameter`;
    throw new DomainError('invalid_request', message, { fields: [{ field, message }] });
  }

  private handlerTakesQuery(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const known = this.takesQuery.get(handler);
    if (known !== undefined) return known;
    const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) ?? {}) as object;
    const takes = Object.keys(parameters).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
    this.takesQuery.set(handler, takes);
    return takes;
  }
}
