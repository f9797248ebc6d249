import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { invalidField } from '../../common/domain-error.js';

interface Takes {
  readonly query: boolean;
  readonly body: boolean;
}

/**
 * Refuses a query or a body where a route takes none, as the validation pipe refuses unknown names where it takes one:
 * a typing error must not be dropped silently.
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
    const takes = { query: has(RouteParamtypes.QUERY), body: has(RouteParamtypes.BODY) };
    this.known.set(handler, takes);
    return takes;
  }
}

const NAME_MAX = 100;

/** @throws DomainError `invalid_request` when there is anything in it, naming the first */
export function refuseAny(input: unknown, kind: string): void {
  const [first] = Object.keys(input ?? {});
  if (first === undefined) return;
  const name = first.slice(0, NAME_MAX).toWellFormed();
  throw invalidField(name, `${name} is not a known ${kind}`);
}
