import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { refuseAny } from './unknown-input.js';

const IGNORES_QUERY = 'http:ignores-query';

/** For a controller of operators' routes: what a probe or a scraper appends to the URL is ignored. */
export const IgnoresQuery = (): ClassDecorator => SetMetadata(IGNORES_QUERY, true);

export function ignoresQuery(controller: object): boolean {
  return Reflect.getMetadata(IGNORES_QUERY, controller) === true;
}

interface Takes {
  readonly query: boolean;
  readonly body: boolean;
}

/**
 * Refuses a query or a body where a route takes none, as the validation pipe refuses unknown names where it takes one,
 * so that a misspelled name is never dropped silently.
 */
@Injectable()
export class NoUnknownInputGuard implements CanActivate {
  private readonly known = new WeakMap<object, Takes>();

  /** @throws DomainError `invalid_request` */
  canActivate(context: ExecutionContext): boolean {
    const { query, body } = context.switchToHttp().getRequest<FastifyRequest>();
    const takes = this.takenBy(context);
    if (!takes.query) refuseAny(query, 'query parameter');
    if (!takes.body) refuseAny(body, 'field');
    return true;
  }

  private takenBy(context: ExecutionContext): Takes {
    const handler = context.getHandler();
    const known = this.known.get(handler);
    if (known) return known;
    const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) ?? {}) as object;
    const has = (type: RouteParamtypes): boolean => Object.keys(parameters).some((key) => key.startsWith(`${type}:`));
    const query = ignoresQuery(context.getClass()) || has(RouteParamtypes.QUERY);
    const takes = { query, body: has(RouteParamtypes.BODY) };
    this.known.set(handler, takes);
    return takes;
  }
}
