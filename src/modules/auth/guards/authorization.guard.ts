import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../../../common/domain-error.js';
import { hasRole, hasScope, type Role, type Scope } from '../../../common/principal.js';
import { SecurityEvents } from '../../security-events/security-events.service.js';
import { KEY_SCOPE } from '../decorators/key-scope.decorator.js';
import { REQUIRED_ROLE } from '../decorators/roles.decorator.js';
import type { AuthenticatedRequest } from './authentication.guard.js';

/**
 * Asks whether this kind of principal may call the route at all, before anything is looked up: its role, and for an
 * API key its scope. Whether it may touch the particular object is for the core's policies.
 */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly events: SecurityEvents,
  ) {}

  /** @throws DomainError `forbidden`, `session_required`, `insufficient_scope` */
  canActivate(context: ExecutionContext): boolean {
    const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!principal) return true;
    const targets = [context.getHandler(), context.getClass()];
    const role = this.reflector.getAllAndOverride<Role | undefined>(REQUIRED_ROLE, targets);
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(KEY_SCOPE, targets);
    try {
      if (principal.scopes !== undefined && scope === undefined) {
        throw new DomainError('session_required', 'This needs a login; an API key does not allow it');
      }
      if (scope !== undefined && !hasScope(principal, scope)) {
        throw new DomainError('insufficient_scope', `This needs an API key with the scope ${scope}`);
      }
      if (role !== undefined && !hasRole(principal, role)) {
        throw new DomainError('forbidden', 'Your role does not allow this');
      }
    } catch (error) {
      const { userId, keyId } = principal;
      this.events.record('access.denied', { userId, ...(keyId && { keyId }), reason: (error as DomainError).code });
      throw error;
    }
    return true;
  }
}
